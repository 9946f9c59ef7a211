//! What people call somebody or something.

use std::fmt;

use super::invisible::{is_blank, is_invisible};

/// A text that cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidLabel {
    /// What is wrong with it, without repeating it.
    pub reason: &'static str,
}

/// One line for people: 1 to 255 characters, none of them a control character or invisible. It may be personal, so it does not
/// show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// Longest, in characters.
    pub const CHARS_MAX: usize = 255;

    /// Reads one; blanks around it go.
    pub fn parse(text: &str) -> Result<Self, InvalidLabel> {
        let text = text.trim();
        let invalid = |reason| Err(InvalidLabel { reason });
        if text.chars().all(is_blank) {
            return invalid("is empty");
        }
        if text.chars().count() > Self::CHARS_MAX {
            return invalid("has more than 255 characters");
        }
        if text.chars().any(char::is_control) {
            return invalid("contains a control character");
        }
        if text.chars().any(is_invisible) {
            return invalid("contains an invisible character");
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Label(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::Label;

    #[test]
    fn a_label_is_one_bounded_line() {
        assert_eq!(
            Label::parse("  Ada Lovelace ").unwrap().as_str(),
            "Ada Lovelace"
        );
        assert!(Label::parse(&"ä".repeat(255)).is_ok());
        for text in ["", "  ", "a\nb", "a\0b", &"a".repeat(256)] {
            assert!(Label::parse(text).is_err(), "{text:?}");
        }
        for invisible in [
            "\u{200b}", "\u{202e}", "\u{2066}", "\u{feff}", "\u{ad}", "\u{3164}",
        ] {
            let refused = Label::parse(&format!("Ada{invisible}B")).unwrap_err();
            assert_eq!(refused.reason, "contains an invisible character");
            let nothing = Label::parse(&format!(" {invisible}\u{fe0f}\u{a0}"));
            assert_eq!(nothing.unwrap_err().reason, "is empty");
        }
        assert!(Label::parse("Ada \u{2764}\u{fe0f}").is_ok());
        assert!(!format!("{:?}", Label::parse("Ada").unwrap()).contains("Ada"));
    }
}

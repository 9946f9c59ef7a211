//! Characters that nobody sees: with them two names look alike, or one reads otherwise than it is written.

/// Whether a character shows nothing, or turns the direction in which others are read. Source: Unicode 16,
/// `Default_Ignorable_Code_Point` and `Bidi_Control`, without the variation selectors that emoji are written with; and
/// letters that are drawn blank.
pub(crate) const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a character shows nothing where it stands alone.
pub(crate) const fn is_blank(character: char) -> bool {
    is_invisible(character)
        || character.is_whitespace()
        || matches!(character, '\u{fe00}'..='\u{fe0f}')
}

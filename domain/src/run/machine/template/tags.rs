//! What a template may be made of, so that filling it in ends soon and needs little memory.
//!
//! The engine counts instructions, but it walks an expression recursively without a bound of its own, and a variable
//! that is set to itself twice doubles with every instruction. So expressions are short, tags are few, and nothing is
//! set, multiplied or called: that leaves choosing, repeating and printing, which is more than the catalogue uses.

use std::iter::Peekable;
use std::str::Bytes;

use super::Cause;

/// Longest expression, in bytes.
const EXPRESSION_BYTES_MAX: usize = 1_000;
/// Most tags that choose or repeat.
const TAGS_MAX: usize = 200;
/// What a tag may do.
const TAGS: [&str; 7] = ["if", "elif", "else", "endif", "for", "endfor", "raw"];

/// Refuses a template that is made of anything else. Comments and raw text may be as long as they like.
pub(super) fn check(template: &str) -> Result<(), Cause> {
    let mut rest = template;
    let mut tags = 0;
    while let Some(open) = rest.find('{') {
        rest = &rest[open..];
        rest = match rest.as_bytes().get(1) {
            Some(b'#') => rest[2..].split_once("#}").map_or("", |(_, after)| after),
            Some(b'{') => {
                let inner = expression(&rest[2..], b'}')?;
                &rest[2 + inner.len()..]
            }
            Some(b'%') => {
                tags += 1;
                let inner = expression(&rest[2..], b'%')?;
                let after = &rest[2 + inner.len()..];
                after_tag(inner, after, tags)?
            }
            Some(_) | None => &rest[1..],
        };
    }
    Ok(())
}

/// What follows a tag: for raw text, what follows that.
fn after_tag<'t>(inner: &str, after: &'t str, tags: usize) -> Result<&'t str, Cause> {
    let name = inner.trim_start_matches(['-', '+']).trim_start();
    let name = name.split(|it: char| !it.is_ascii_alphanumeric()).next();
    let name = name.unwrap_or_default();
    if !TAGS.contains(&name) {
        return Err(refused(format!("the tag `{name}` is not known")));
    }
    if tags > TAGS_MAX {
        return Err(refused(format!("there are more than {TAGS_MAX} tags")));
    }
    if name == "raw" {
        let end = after.find("endraw").unwrap_or(after.len());
        return Ok(&after[end..]);
    }
    Ok(after)
}

/// The expression up to `}}` or `%}`; what is within quotes does not end it.
fn expression(text: &str, end: u8) -> Result<&str, Cause> {
    let mut bytes = text.bytes().peekable();
    let mut length = 0;
    while let Some(byte) = bytes.next() {
        if byte == end && bytes.peek() == Some(&b'}') {
            return Ok(&text[..length]);
        }
        length += 1;
        match byte {
            b'"' | b'\'' => length += quoted(&mut bytes, byte),
            b'{' => return Err(refused("an expression has a brace".to_owned())),
            b'*' => return Err(refused("an expression multiplies".to_owned())),
            _ => {}
        }
        if length > EXPRESSION_BYTES_MAX {
            let reason = format!("an expression has more than {EXPRESSION_BYTES_MAX} bytes");
            return Err(refused(reason));
        }
    }
    Err(refused("an expression has no end".to_owned()))
}

/// Goes to the end of a quoted text; how many bytes that is.
fn quoted(bytes: &mut Peekable<Bytes<'_>>, quote: u8) -> usize {
    let mut length = 0;
    while let Some(byte) = bytes.next() {
        length += 1;
        if byte == quote {
            break;
        }
        if byte == b'\\' && bytes.next().is_some() {
            length += 1;
        }
    }
    length
}

const fn refused(reason: String) -> Cause {
    Cause::Template { reason }
}

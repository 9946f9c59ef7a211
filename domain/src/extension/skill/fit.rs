//! An index fits into one event: the longest descriptions are shortened first.

use super::{DESCRIPTION_CHARS_MAX, IndexedSkill, cut};

/// Most bytes of an index. An event takes 64 KiB.
const INDEX_BYTES_MAX: usize = 62 * 1024;

/// Names and lengths of a skill's fields, at most.
const FRAME_BYTES: usize = 56;

/// Shortens what is too long; answers whether anything was.
pub(super) fn shorten(skills: &mut [IndexedSkill]) -> bool {
    let mut is_cut = false;
    for description in skills.iter_mut().filter_map(|s| s.description.as_mut()) {
        is_cut |= description.chars().count() > DESCRIPTION_CHARS_MAX;
        *description = cut(description, DESCRIPTION_CHARS_MAX);
    }
    let fixed: usize = skills.iter().map(fixed_bytes).sum();
    let lengths = skills.iter().filter_map(|s| s.description.as_deref());
    let lengths = lengths.map(str::len).collect();
    let cap = fair_cap(lengths, INDEX_BYTES_MAX.saturating_sub(fixed));
    for description in skills.iter_mut().filter_map(|s| s.description.as_mut()) {
        if description.len() > cap {
            is_cut = true;
            truncate(description, cap);
        }
    }
    is_cut
}

fn fixed_bytes(skill: &IndexedSkill) -> usize {
    FRAME_BYTES + skill.name.len() + skill.path.len() + skill.content_sha256.len()
}

/// The length to which texts may keep theirs so that all together fit: short ones leave room to long ones.
fn fair_cap(mut lengths: Vec<usize>, mut room: usize) -> usize {
    lengths.sort_unstable();
    let mut longer = lengths.len();
    for length in lengths {
        if length > room / longer {
            return room / longer;
        }
        room -= length;
        longer -= 1;
    }
    usize::MAX
}

/// Keeps whole characters in so many bytes, the last of them an ellipsis.
fn truncate(text: &mut String, bytes_max: usize) {
    let end = text.floor_char_boundary(bytes_max.saturating_sub('…'.len_utf8()));
    text.truncate(end);
    text.push('…');
}

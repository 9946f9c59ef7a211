//! How long to wait before the next attempt.

use jiff::SignedDuration;

/// Doubles with each attempt that failed, up to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure.
    pub first: SignedDuration,
    /// At most.
    pub most: SignedDuration,
}

impl Backoff {
    /// Between half of the wait and all of it, as the jitter says, so that what failed together does not come back
    /// together. `spent` are the attempts before this one; the jitter is any random number, drawn by the caller.
    pub fn delay(&self, spent: i32, jitter: u16) -> SignedDuration {
        let doublings = u32::try_from(spent.clamp(0, 30)).unwrap_or(0);
        let factor = 2_i32.saturating_pow(doublings);
        let whole = self.first.saturating_mul(factor).min(self.most);
        let half = whole / 2;
        let part = half.as_millis() * i128::from(jitter) / i128::from(u16::MAX);
        half + SignedDuration::from_millis(i64::try_from(part).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        first: SignedDuration::from_secs(2),
        most: SignedDuration::from_secs(60),
    };

    #[test]
    fn a_wait_doubles_up_to_its_limit_and_jitter_takes_half_of_it_at_most() {
        let waits = |jitter| (0..7).map(move |spent| BACKOFF.delay(spent, jitter).as_millis());
        let whole: Vec<i128> = waits(u16::MAX).collect();
        assert_eq!(whole, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        let half: Vec<i128> = waits(0).collect();
        assert_eq!(half, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        let between = BACKOFF.delay(1, u16::MAX / 2).as_millis();
        assert!((2_990..3_010).contains(&between), "{between}");
        assert_eq!(BACKOFF.delay(i32::MAX, 0), SignedDuration::from_secs(30));
        assert_eq!(BACKOFF.delay(-1, 0), SignedDuration::from_secs(1));
    }
}

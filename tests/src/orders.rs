//! Every order in which two commands can take their steps.

/// One of two commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The first.
    Left,
    /// The second.
    Right,
}

impl Side {
    /// 0 or 1.
    pub const fn index(self) -> usize {
        match self {
            Self::Left => 0,
            Self::Right => 1,
        }
    }

    /// The opponent.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// A step between which another command may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Reads what it decides on.
    Gather(Side),
    /// Decides and appends.
    Append(Side),
}

/// All six orders of two commands with two steps each.
pub fn orders() -> Vec<Vec<Step>> {
    use Side::{Left, Right};
    let mut all = Vec::new();
    for mask in 0_u8..16 {
        if mask.count_ones() != 2 {
            continue;
        }
        let (mut left, mut right) = (0, 0);
        let step = |side, taken: &mut i32| {
            *taken += 1;
            if *taken == 1 {
                Step::Gather(side)
            } else {
                Step::Append(side)
            }
        };
        let order = (0..4).map(|bit| {
            if mask & (1 << bit) == 0 {
                step(Left, &mut left)
            } else {
                step(Right, &mut right)
            }
        });
        all.push(order.collect());
    }
    all
}

/// Whether both gathered before either appended.
pub fn overlap(order: &[Step]) -> bool {
    let gathers = order
        .iter()
        .take_while(|step| matches!(step, Step::Gather(_)))
        .count();
    gathers == 2
}

/// Every order in which two commands can take their steps, however many these turn out to be: orders are made by running
/// them, each from the point on where the last one could have gone otherwise.
#[derive(Debug, Default)]
pub struct Schedule {
    /// What is chosen where both sides have a step to take; beyond it, the left side goes first.
    script: Vec<Side>,
    /// What was chosen so far.
    chosen: Vec<Side>,
}

impl Schedule {
    /// Who takes the next step, of two who could.
    pub fn choose(&mut self) -> Side {
        let side = self.script.get(self.chosen.len()).copied();
        let side = side.unwrap_or(Side::Left);
        self.chosen.push(side);
        side
    }

    /// What was chosen in this order.
    pub fn chosen(&self) -> &[Side] {
        &self.chosen
    }

    /// The next order; nothing when there is none.
    #[must_use]
    pub fn next(mut self) -> Option<Self> {
        while self.chosen.last() == Some(&Side::Right) {
            self.chosen.pop();
        }
        *self.chosen.last_mut()? = Side::Right;
        Some(Self {
            script: self.chosen,
            chosen: Vec::new(),
        })
    }
}

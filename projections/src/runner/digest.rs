//! What a build holds, as one number that does not depend on the order of its rows.
//!
//! The sum modulo 2^256 of blake3 over each row: the table's name and the row as PostgreSQL's binary COPY
//! writes it, every column. It finds accidents; against an adversary only the ledger's own chain helps. Rows
//! and checkpoints are read in one snapshot. Source: settled.md 13.

use bytes::{Buf, BytesMut};
use cinatra_domain::kernel::{Position, TenantId};
use futures_util::{StreamExt, pin_mut};
use serde::Serialize;

use super::batch::Target;
use super::transaction::Transaction;
use super::{Projections, sql};
use crate::Error;
use crate::projection::in_build;

/// What a build holds at a position of each ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Digest {
    /// Which read model.
    pub name: &'static str,
    /// Which build.
    pub build: i32,
    /// The sum, lower-case hex.
    pub digest: String,
    /// How many rows it is the sum of.
    pub rows: u64,
    /// How far the build was in each ledger.
    pub ledgers: Vec<(TenantId, Position)>,
}

impl Digest {
    /// Whether the same rows are held at the same positions; ledgers without events do not count.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let are_level = begun(&self.ledgers) == begun(&other.ledgers);
        are_level && self.digest == other.digest && self.rows == other.rows
    }
}

/// Ledgers that have events.
fn begun(ledgers: &[(TenantId, Position)]) -> Vec<(TenantId, Position)> {
    let ledgers = ledgers.iter().copied();
    ledgers
        .filter(|(_, position)| *position > Position::START)
        .collect()
}

impl Projections {
    /// Digests the live build of a read model while it serves; refused for one that holds contents.
    /// `progress` is told the rows done.
    pub async fn digest(
        &self,
        name: &str,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Digest, Error> {
        let board = self.board(name)?;
        if board.registered.holds_content {
            return Err(Error::NotDigested(board.registered.name));
        }
        let live = self.find_live(board).await?;
        let target = Target {
            registered: board.registered,
            build: live.build,
            schema: live.schema,
        };
        let snapshot = Snapshot::open(self, &[&target]).await?;
        let digest = snapshot.digest(&target, progress).await?;
        snapshot.close().await?;
        Ok(digest)
    }
}

/// One moment of the database.
pub(crate) struct Snapshot {
    transaction: Transaction,
    ledgers: Vec<(i32, Vec<(TenantId, Position)>)>,
}

impl Snapshot {
    /// Takes the snapshot; whatever commits from now on is not in it.
    pub(crate) async fn open(
        projections: &Projections,
        targets: &[&Target],
    ) -> Result<Self, Error> {
        let writers = &projections.0.writers;
        let transaction = Transaction::begin(writers, sql::BEGIN_SNAPSHOT).await?;
        let mut ledgers = Vec::new();
        for target in targets {
            let params: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
                [&target.registered.name, &target.build];
            let rows = transaction
                .client()?
                .query(sql::READ_CHECKPOINTS, &params)
                .await?;
            let checkpoint = |row: &tokio_postgres::Row| {
                Ok((TenantId::new(row.try_get(0)?), Position(row.try_get(1)?)))
            };
            let of_build: Result<_, Error> = rows.iter().map(checkpoint).collect();
            ledgers.push((target.build, of_build?));
        }
        Ok(Self {
            transaction,
            ledgers,
        })
    }

    /// Reads every row of a build.
    pub(crate) async fn digest(
        &self,
        target: &Target,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Digest, Error> {
        let client = self.transaction.client()?;
        let tables = client
            .query(sql::LIST_TABLES, &[&target.schema.as_ref()])
            .await?;
        let mut sum = Sum::default();
        for row in tables {
            let table: &str = row.try_get(0)?;
            let copy = in_build(sql::COPY_TABLE, &target.schema).replace("{table}", table);
            let chunks = client.copy_out(&copy).await?;
            pin_mut!(chunks);
            let mut rows = Rows::of(table);
            while let Some(chunk) = chunks.next().await {
                rows.feed(&chunk?, &mut sum);
                if sum.rows.is_multiple_of(10_000) {
                    progress(sum.rows);
                }
            }
        }
        progress(sum.rows);
        Ok(Digest {
            name: target.registered.name,
            build: target.build,
            digest: sum.hex(),
            rows: sum.rows,
            ledgers: self.ledgers_of(target).to_vec(),
        })
    }

    /// Whether two builds are equally far.
    pub(crate) fn are_level(&self, one: &Target, other: &Target) -> bool {
        begun(self.ledgers_of(one)) == begun(self.ledgers_of(other))
    }

    fn ledgers_of(&self, target: &Target) -> &[(TenantId, Position)] {
        let mut builds = self.ledgers.iter();
        let found = builds.find(|(build, _)| *build == target.build);
        found.map_or(&[], |(_, ledgers)| ledgers.as_slice())
    }

    pub(crate) async fn close(self) -> Result<(), Error> {
        self.transaction.roll_back().await
    }
}

/// A sum modulo 2^256, least significant limb first.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    limbs: [u64; 4],
    rows: u64,
}

impl Sum {
    fn add(&mut self, row: &[u8]) {
        let hash = blake3::hash(row);
        let mut carry = false;
        for (limb, bytes) in self.limbs.iter_mut().zip(hash.as_bytes().chunks_exact(8)) {
            let mut term = [0; 8];
            term.copy_from_slice(bytes);
            let (partial, first) = limb.overflowing_add(u64::from_le_bytes(term));
            let (whole, second) = partial.overflowing_add(u64::from(carry));
            (*limb, carry) = (whole, first || second);
        }
        self.rows += 1;
    }

    fn hex(&self) -> String {
        let [a, b, c, d] = self.limbs;
        format!("{d:016x}{c:016x}{b:016x}{a:016x}")
    }
}

/// Rows of a binary COPY, cut out of chunks of any size.
/// Source: PostgreSQL manual, COPY, "Binary Format".
struct Rows {
    /// The table's name, then the row that is hashed.
    row: Vec<u8>,
    name_len: usize,
    rest: BytesMut,
    has_begun: bool,
}

/// Signature, flags and length of the header's extension.
const HEADER: usize = 11 + 4 + 4;

impl Rows {
    fn of(table: &str) -> Self {
        let mut row = table.as_bytes().to_vec();
        row.push(0);
        Self {
            name_len: row.len(),
            row,
            rest: BytesMut::new(),
            has_begun: false,
        }
    }

    fn feed(&mut self, chunk: &[u8], sum: &mut Sum) {
        self.rest.extend_from_slice(chunk);
        if !self.has_begun {
            if self.rest.len() < HEADER {
                return;
            }
            self.rest.advance(HEADER);
            self.has_begun = true;
        }
        while let Some(len) = row_len(&self.rest) {
            self.row.truncate(self.name_len);
            self.row.extend_from_slice(&self.rest.split_to(len));
            sum.add(&self.row);
        }
    }
}

/// Length of the first row, if it is there whole; the trailer is none.
fn row_len(bytes: &[u8]) -> Option<usize> {
    let fields = i16::from_be_bytes(bytes.first_chunk().copied()?);
    let mut len = 2;
    for _ in 0..u16::try_from(fields).ok()? {
        let field = i32::from_be_bytes(bytes.get(len..)?.first_chunk().copied()?);
        len += 4 + usize::try_from(field).unwrap_or(0);
    }
    (bytes.len() >= len).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::{Rows, Sum};

    fn row(fields: &[Option<&[u8]>]) -> Vec<u8> {
        let mut bytes = u16::try_from(fields.len()).unwrap().to_be_bytes().to_vec();
        for field in fields {
            let len = field.map_or(-1, |field| i32::try_from(field.len()).unwrap());
            bytes.extend_from_slice(&len.to_be_bytes());
            bytes.extend_from_slice(field.unwrap_or_default());
        }
        bytes
    }

    fn copied(rows: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = b"PGCOPY\n\xff\r\n\0".to_vec();
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend(rows.concat());
        bytes.extend_from_slice(&(-1_i16).to_be_bytes());
        bytes
    }

    fn digest(table: &str, bytes: &[u8], chunk: usize) -> (String, u64) {
        let (mut rows, mut sum) = (Rows::of(table), Sum::default());
        for chunk in bytes.chunks(chunk) {
            rows.feed(chunk, &mut sum);
        }
        (sum.hex(), sum.rows)
    }

    #[test]
    fn neither_the_order_of_rows_nor_the_size_of_chunks_matters() {
        let (a, b) = (row(&[Some(b"a"), None]), row(&[Some(b""), Some(b"bb")]));
        let forth = copied(&[a.clone(), b.clone()]);
        let back = copied(&[b, a]);
        let whole = digest("t", &forth, usize::MAX);
        assert_eq!(whole.1, 2);
        assert_eq!(whole, digest("t", &back, 1));
        assert_eq!(whole, digest("t", &forth, 3));
    }

    #[test]
    fn another_table_another_null_and_a_row_twice_are_other_digests() {
        let a = row(&[Some(b""), None]);
        let digests = [
            digest("t", &copied(std::slice::from_ref(&a)), 64),
            digest("u", &copied(std::slice::from_ref(&a)), 64),
            digest("t", &copied(&[row(&[None, Some(b"")])]), 64),
            digest("t", &copied(&[a.clone(), a]), 64),
            digest("t", &copied(&[]), 64),
        ];
        let distinct: std::collections::HashSet<_> = digests.iter().collect();
        assert_eq!(distinct.len(), digests.len());
    }

    #[test]
    fn a_sum_carries_over_every_limb() {
        let mut sum = Sum {
            limbs: [u64::MAX; 4],
            rows: 0,
        };
        sum.add(b"row");
        let mut alone = Sum::default();
        alone.add(b"row");
        let [first, ..] = alone.limbs;
        assert_eq!(
            sum.limbs,
            [first - 1, alone.limbs[1], alone.limbs[2], alone.limbs[3]]
        );
    }
}

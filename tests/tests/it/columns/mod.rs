//! A look past every interface: what stands in the database, in whatever shape.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;
use tokio_postgres::Client;

/// Every row of every table, each column as text, decoded MessagePack beside it; with the column's place,
/// `schema.table.column`.
pub(crate) async fn columns(superuser: &Client) -> Vec<(String, String)> {
    let tables = superuser
        .query(include_str!("sql/list_tables.sql"), &[])
        .await;
    let mut columns = Vec::new();
    for table in tables.unwrap() {
        let table: String = table.get(0);
        let query = include_str!("sql/read_table.sql").replace("{table}", &table);
        for row in superuser.query(&query, &[]).await.unwrap() {
            let row: Value = serde_json::from_str(row.get(0)).unwrap();
            for (column, value) in row.as_object().unwrap() {
                let place = format!("{table}.{column}");
                if let Some(decoded) = value.as_str().and_then(unpacked) {
                    columns.push((place.clone(), decoded.to_string()));
                }
                columns.push((place, value.to_string()));
            }
        }
    }
    columns
}

/// What bytes say as MessagePack.
fn unpacked(text: &str) -> Option<Value> {
    let digits = text.strip_prefix("\\x")?;
    let bytes: Option<Vec<u8>> = (0..digits.len() / 2)
        .map(|place| u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).ok())
        .collect();
    rmp_serde::from_slice(&bytes?).ok()
}

/// A text that must not show, with the disguises that a log or a dump would give it.
#[derive(Clone, Debug)]
pub(crate) struct Canary {
    /// Found whatever the case.
    plain: Vec<String>,
    /// Where the case counts.
    base64: Vec<String>,
}

impl Canary {
    pub(crate) fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        let hex = hex(&text);
        let bytes = format!("{:?}", text.as_bytes());
        let bytes = bytes.trim_matches(['[', ']']).to_owned();
        let dense = bytes.replace(' ', "");
        Self {
            base64: (0..3).map(|before| within_base64(&text, before)).collect(),
            plain: vec![text, hex, bytes, dense],
        }
    }

    /// Whether a text shows it.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        self.plain.iter().any(|form| lower.contains(form))
            || self.base64.iter().any(|form| text.contains(form))
    }
}

fn hex(text: &str) -> String {
    let mut digits = String::new();
    for byte in text.bytes() {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// The letters that stand for a text in base64 whatever comes after it, behind so many bytes of something else.
fn within_base64(text: &str, before: usize) -> String {
    let padded = [vec![0; before], text.as_bytes().to_vec()].concat();
    let encoded = STANDARD_NO_PAD.encode(&padded);
    let (first, last) = ((before * 4).div_ceil(3), padded.len() * 4 / 3);
    encoded[first..last].to_owned()
}

#[test]
fn a_canary_is_found_in_every_disguise() {
    let canary = Canary::new("Canary-7f3a");
    for before in ["", "x", "xy", "xyz"] {
        let text = format!("{before}canary-7f3a and more");
        assert!(canary.is_in(&STANDARD_NO_PAD.encode(&text)), "{text}");
        assert!(canary.is_in(&text));
        assert!(canary.is_in(&format!("{:?}", text.as_bytes())));
        assert!(canary.is_in(&hex(&text).to_uppercase()));
    }
    assert!(canary.is_in("CANARY-7F3A"));
    assert!(!canary.is_in("canary-7f3b"));
}

//! Each row opens in its own place and nowhere else.

use super::*;

fn tenant(number: u128) -> TenantId {
    TenantId::new(Uuid::from_u128(number))
}

fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}

fn vault() -> Vault {
    Vault::new(MasterKey::generate().unwrap())
}

fn value() -> SecretString {
    SecretString::from("canary")
}

#[test]
fn a_value_comes_back_and_no_two_seals_are_alike() {
    let vault = vault();
    let (key, wrapped) = vault.create_key(tenant(1)).unwrap();
    let (one, other) = (
        key.seal(&name("a"), &value()).unwrap(),
        key.seal(&name("a"), &value()).unwrap(),
    );
    assert_ne!(one.ciphertext, other.ciphertext);
    let again = vault.unwrap(tenant(1), &wrapped).unwrap();
    let opened = again.open(&name("a"), &one).unwrap();
    assert_eq!(opened.expose_secret(), "canary");
}

#[test]
fn a_value_in_another_place_does_not_open() {
    let vault = vault();
    let (key, _) = vault.create_key(tenant(1)).unwrap();
    let (same_tenant, _) = vault.create_key(tenant(1)).unwrap();
    let sealed = key.seal(&name("a"), &value()).unwrap();
    let moved = DataKey {
        tenant: tenant(2),
        id: key.id,
        bytes: key_bytes(key.bytes.expose_secret()),
    };
    let mut altered = sealed.clone();
    altered.ciphertext[0] ^= 1;
    for opened in [
        key.open(&name("b"), &sealed),
        same_tenant.open(&name("a"), &sealed),
        moved.open(&name("a"), &sealed),
        key.open(&name("a"), &altered),
    ] {
        assert_eq!(opened.unwrap_err(), VaultError::Decrypt);
    }
}

#[test]
fn a_key_opens_for_its_tenant_under_its_name_and_its_master_only() {
    let (vault, other_master) = (vault(), vault());
    let (_, wrapped) = vault.create_key(tenant(1)).unwrap();
    let (_, mut renamed) = vault.create_key(tenant(1)).unwrap();
    renamed.key_id = wrapped.key_id;
    assert!(vault.unwrap(tenant(1), &wrapped).is_ok());
    for unwrapped in [
        vault.unwrap(tenant(2), &wrapped),
        vault.unwrap(tenant(1), &renamed),
        other_master.unwrap(tenant(1), &wrapped),
    ] {
        assert_eq!(unwrapped.unwrap_err(), VaultError::Decrypt);
    }
}

#[test]
fn a_master_key_is_read_in_either_form() {
    let hex = "00".repeat(31) + "ff";
    let key = MasterKey::parse(&hex).unwrap();
    assert_eq!(key.reveal().expose_secret(), hex);
    let base64 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8=";
    for text in [base64, base64.trim_end_matches('=')] {
        assert_eq!(MasterKey::parse(text).unwrap().id(), key.id(), "{text}");
    }
    assert_ne!(MasterKey::generate().unwrap().id(), key.id());
}

#[test]
fn a_key_of_another_length_is_counted_and_not_repeated() {
    let length = |text: &str| MasterKey::parse(text).unwrap_err();
    assert_eq!(length("AAAAAA=="), InvalidKey::Length { bytes: 4 });
    assert_eq!(length(""), InvalidKey::Digits { digits: 0 });
    let hex = "ab".repeat(32);
    assert_eq!(length(&hex[1..]), InvalidKey::Digits { digits: 63 });
    assert_eq!(length("s3cret!"), InvalidKey::Encoding { chars: 7 });
    assert!(!length("s3cret!").to_string().contains("s3cret"));
}

#[test]
fn keys_are_not_shown_by_accident() {
    let master = MasterKey::generate().unwrap();
    let hex = master.reveal();
    assert!(!format!("{master:?}").contains(hex.expose_secret()));
    assert_eq!(format!("{master:?}"), "MasterKey(hidden)");
}

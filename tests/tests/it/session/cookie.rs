//! A browser's session: a cookie that no script sees, and that no other site's page can act with.

use cinatra_tests::people::{PASSWORD, nobody, sign_up};
use cinatra_tests::served::Served;
use serde_json::json;

use super::{Answer, enter, get, post, works};

/// Name, value and attributes of the cookie that an answer sets.
fn set(answer: &Answer) -> (String, String, Vec<String>) {
    let mut all = answer.headers.get_all("set-cookie").iter();
    let text = all.next().unwrap().to_str().unwrap();
    assert!(all.next().is_none());
    let mut parts = text.split("; ");
    let (name, value) = parts.next().unwrap().split_once('=').unwrap();
    let attributes = parts.map(str::to_owned).collect();
    (name.to_owned(), value.to_owned(), attributes)
}

#[tokio::test]
async fn signing_in_sets_a_cookie_that_lets_a_browser_in() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let browser = nobody(&served.url()).unwrap();
    let answer = enter(&browser, &ada.email, PASSWORD).await;
    let (name, value, attributes) = set(&answer);
    assert_eq!(name, "cinatra-session");
    assert_eq!(answer.body["sessionToken"], value.as_str());
    assert_eq!(
        attributes,
        ["Path=/", "Max-Age=1209600", "HttpOnly", "SameSite=Lax"]
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    let cookie = format!("theme=dark; {name}={value}");
    let own = served.url();
    assert_eq!(get(&browser, &[("cookie", &cookie)]).await.status, 200);
    let me = async |headers: &[(&str, &str)]| {
        let answer = post(&browser, "users_me", &json!({}), headers).await;
        (answer.status, answer.code().to_owned())
    };
    let with = [("cookie", cookie.as_str()), ("origin", own.as_str())];
    assert_eq!(me(&with).await, (200, String::new()));
    let by_name = own.replace("127.0.0.1", "localhost");
    let with = [("cookie", cookie.as_str()), ("origin", by_name.as_str())];
    assert_eq!(me(&with).await.0, 200);
    // A page has to have asked for it, and one of ours.
    let told = me(&with[..1]).await;
    assert_eq!(told, (403, "ORIGIN_REQUIRED".to_owned()));
    for origin in ["https://evil.example", "null", "http://localhost:1"] {
        let with = [("cookie", cookie.as_str()), ("origin", origin)];
        let told = me(&with).await;
        assert_eq!(told, (403, "ORIGIN_NOT_ALLOWED".to_owned()), "{origin}");
    }
    // The browser forgets what was signed out.
    let with = [("cookie", cookie.as_str()), ("origin", own.as_str())];
    let out = post(&browser, "sessions_sign_out", &json!({}), &with).await;
    let (name, value, attributes) = set(&out);
    assert_eq!((name.as_str(), value.as_str()), ("cinatra-session", ""));
    assert!(
        attributes.contains(&"Max-Age=0".to_owned()),
        "{attributes:?}"
    );
    assert_eq!(get(&browser, &[("cookie", &cookie)]).await.status, 401);
}

#[tokio::test]
async fn choosing_an_organization_replaces_the_cookie() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let (browser, own) = (nobody(&served.url()).unwrap(), served.url());
    let (name, value, _) = set(&enter(&browser, &ada.email, PASSWORD).await);
    let cookie = format!("{name}={value}");
    let with = [("cookie", cookie.as_str()), ("origin", own.as_str())];
    let me = post(&browser, "users_me", &json!({}), &with).await.body;
    let input = json!({ "organizationId": me["activeOrganizationId"] });
    let answer = post(&browser, "sessions_select_organization", &input, &with).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let (_, renewed, _) = set(&answer);
    assert_ne!(renewed, value);
    assert_eq!(get(&browser, &[("cookie", &cookie)]).await.status, 401);
    let cookie = format!("{name}={renewed}");
    assert_eq!(get(&browser, &[("cookie", &cookie)]).await.status, 200);
}

#[tokio::test]
async fn a_stale_cookie_hinders_nobody_and_of_two_neither_is_believed() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let (browser, own) = (nobody(&served.url()).unwrap(), served.url());
    let live = format!("cinatra-session={}", ada.client.token());
    let stale = format!("cinatra-session=cis_{}", blake3::hash(b"x").to_hex());
    let input = json!({ "email": ada.email, "password": PASSWORD });
    for cookie in [
        stale.as_str(),
        "cinatra-session=",
        "cinatra-session=nonsense",
    ] {
        assert_eq!(get(&browser, &[("cookie", cookie)]).await.status, 401);
        let answer = post(&browser, "sessions_sign_in", &input, &[("cookie", cookie)]).await;
        assert_eq!(answer.status, 200, "{cookie}: {}", answer.body);
    }
    for other in [&live, &stale] {
        let both = format!("{other}; {live}");
        let in_two = [("cookie", other.as_str()), ("cookie", live.as_str())];
        for headers in [&[("cookie", both.as_str())][..], &in_two] {
            assert_eq!(get(&browser, headers).await.status, 401, "{headers:?}");
        }
    }
    // A program's token is no browser's session, and a cookie beside a token counts for nothing.
    let token = ada.token().await.unwrap();
    let cookie = format!("cinatra-session={token}");
    assert_eq!(get(&browser, &[("cookie", &cookie)]).await.status, 401);
    let bearer = format!("Bearer {token}");
    let with = [
        ("authorization", bearer.as_str()),
        ("cookie", live.as_str()),
    ];
    let answer = post(&browser, "sessions_sign_out", &json!({}), &with).await;
    assert_eq!((answer.status, answer.code()), (403, "SESSION_REQUIRED"));
    let unknown = [("authorization", "Bearer cin_x"), ("cookie", live.as_str())];
    assert_eq!(get(&browser, &unknown).await.status, 401);
    // Whoever is signed in signs in again from a page of ours only, and the former session ends.
    let answer = post(&browser, "sessions_sign_in", &input, &[("cookie", &live)]).await;
    assert_eq!((answer.status, answer.code()), (403, "ORIGIN_REQUIRED"));
    let with = [("cookie", live.as_str()), ("origin", own.as_str())];
    let answer = post(&browser, "sessions_sign_in", &input, &with).await;
    assert_eq!(answer.status, 200);
    assert!(!works(&ada.client).await);
}

#[tokio::test]
async fn on_https_the_cookie_is_bound_to_the_host_and_never_sent_in_the_clear() {
    let public = "https://cinatra.example";
    let served = Served::told(&[("CINATRA_PUBLIC_URL", public)])
        .await
        .unwrap();
    let mia = sign_up(&served.url(), "Mia").await.unwrap();
    let browser = nobody(&served.url()).unwrap();
    let answer = enter(&browser, &mia.email, PASSWORD).await;
    let (name, value, attributes) = set(&answer);
    assert_eq!(name, "__Host-cinatra-session");
    let wanted = [
        "Path=/",
        "Max-Age=1209600",
        "HttpOnly",
        "SameSite=Lax",
        "Secure",
    ];
    assert_eq!(attributes, wanted);
    // As the proxy in front hands a browser's request on.
    let cookie = format!("{name}={value}");
    let host = ("host", "cinatra.example");
    let with = [host, ("cookie", cookie.as_str()), ("origin", public)];
    let answer = post(&browser, "users_me", &json!({}), &with).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let plain = format!("cinatra-session={value}");
    assert_eq!(get(&browser, &[host, ("cookie", &plain)]).await.status, 401);
}

//! Persons as they come to an instance: over its public interface, like anybody.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Call, Client, Outcome, Reply, fault};

/// What everybody here signs in with.
pub const PASSWORD: &str = "correct horse battery staple";

/// How long a mail may take to be handed over.
const MAIL_MAX: Duration = Duration::from_secs(10);

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub user_id: String,
    /// Where they are reached.
    pub email: String,
    /// Calls with their session, in the organization that it acts in.
    pub client: Client,
}

/// Whoever has no credential.
pub fn nobody(url: &str) -> Outcome<Client> {
    Client::new(url, "")
}

/// Calls, and expects that it works.
pub async fn done(client: &Client, primitive: &str, input: &Value) -> Outcome<Value> {
    Ok(answered(client, primitive, input).await?.body)
}

async fn answered(client: &Client, primitive: &str, input: &Value) -> Outcome<Reply> {
    let reply = client.call(primitive, input, Call::default()).await?;
    if reply.is_ok() {
        return Ok(reply);
    }
    let (status, body) = (reply.status, &reply.body);
    Err(fault(format!(
        "{primitive} was refused with {status}: {body}"
    )))
}

fn text(body: &Value, field: &str) -> Outcome<String> {
    let value = body[field].as_str().map(str::to_owned);
    value.ok_or_else(|| fault(format!("no {field} in {body}")))
}

/// Address of somebody who is called so.
pub fn address(name: &str) -> String {
    format!("{}@example.test", name.to_lowercase().replace(' ', "."))
}

/// Registers somebody and signs them in.
pub async fn sign_up(url: &str, name: &str) -> Outcome<Person> {
    let email = address(name);
    let input = json!({ "name": name, "email": email, "password": PASSWORD });
    done(&nobody(url)?, "users_register", &input).await?;
    sign_in(url, &email).await
}

/// Signs somebody in who is registered.
pub async fn sign_in(url: &str, email: &str) -> Outcome<Person> {
    let input = json!({ "email": email, "password": PASSWORD });
    let entered = done(&nobody(url)?, "sessions_sign_in", &input).await?;
    Ok(Person {
        user_id: text(&entered, "userId")?,
        email: email.to_owned(),
        client: Client::new(url, text(&entered, "sessionToken")?)?,
    })
}

impl Person {
    /// Acts in an organization from now on.
    pub async fn select(&mut self, organization: &str) -> Outcome<()> {
        let input = json!({ "organizationId": organization });
        let selected = done(&self.client, "sessions_select_organization", &input).await?;
        self.client = Client::new(self.client.url(), text(&selected, "sessionToken")?)?;
        Ok(())
    }

    /// Makes a token that acts as this person, where the session acts.
    pub async fn token(&self) -> Outcome<String> {
        let input = json!({ "label": "tests" });
        let created = done(&self.client, "tokens_create", &input).await?;
        text(&created, "token")
    }

    /// Creates an organization and acts in it.
    pub async fn found(&mut self, slug: &str) -> Outcome<String> {
        let input = json!({ "name": slug, "slug": slug });
        let created = done(&self.client, "organizations_create", &input).await?;
        let organization = text(&created, "organizationId")?;
        self.select(&organization).await?;
        Ok(organization)
    }

    /// Invites somebody, who registers, follows the mail in `home` and acts in this person's organization.
    pub async fn bring(&self, home: &Path, name: &str, role: &str) -> Outcome<Self> {
        let mut guest = sign_up(self.client.url(), name).await?;
        self.bring_in(home, &mut guest, role).await?;
        Ok(guest)
    }

    /// The same for somebody who is registered.
    pub async fn bring_in(&self, home: &Path, guest: &mut Self, role: &str) -> Outcome<()> {
        let input = json!({ "email": guest.email, "role": role });
        let former = secrets_of_mails(home, &guest.email, "invitations_accept")?;
        done(&self.client, "permissions_members_invite", &input).await?;
        let secret = secret_of_next_mail(home, &guest.email, "invitations_accept", &former).await?;
        let input = json!({ "token": secret });
        let accepted = done(&guest.client, "invitations_accept", &input).await?;
        guest.select(&text(&accepted, "organizationId")?).await
    }
}

/// The secret of the latest mail to somebody that asks to call a primitive.
pub async fn secret_of_mail(home: &Path, email: &str, primitive: &str) -> Outcome<String> {
    secret_of_next_mail(home, email, primitive, &[]).await
}

/// The secret of the latest such mail that is none of those known before.
pub async fn secret_of_next_mail(
    home: &Path,
    email: &str,
    primitive: &str,
    known: &[String],
) -> Outcome<String> {
    let until = Instant::now() + MAIL_MAX;
    loop {
        let mut secrets = secrets_of_mails(home, email, primitive)?;
        secrets.retain(|secret| !known.contains(secret));
        if let Some(secret) = secrets.pop() {
            return Ok(secret);
        }
        if Instant::now() > until {
            return Err(fault(format!(
                "no mail to {email} asks to call {primitive}"
            )));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The secrets of every mail to somebody that asks to call a primitive, the latest last.
pub fn secrets_of_mails(home: &Path, email: &str, primitive: &str) -> Outcome<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(home.join("mail"))? {
        let entry = entry?;
        // A mail may be erased while this looks.
        let Ok(mail) = std::fs::read_to_string(entry.path()) else {
            continue;
        };
        let is_it = mail.contains(&format!("To: {email}\r\n")) && mail.contains(primitive);
        let Some(start) = mail.find("cic_").filter(|_| is_it) else {
            continue;
        };
        let secret: String = mail[start..].chars().take(68).collect();
        found.push((entry.metadata()?.modified()?, secret));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, secret)| secret).collect())
}

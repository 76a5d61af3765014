//! Delivers an invitation by the operator: prints the link, and mails it on request.

use std::io::Write;

use clap::Args;
use serde_json::{Value, json};

use super::context::{CliError, Workplace};
use crate::accounts::{OperatorInvitation, Organisation, Site};
use crate::i18n::{Lang, tr};
use crate::mail::{Mail, Mailer, Speaker, try_server};
use crate::public_urls::{PublicUrls, Surface};

#[derive(Debug, Args)]
pub(super) struct Delivery {
    /// Also mail the link to that person; requires smtp-url, and public-url or the site's own URL
    #[arg(long)]
    mail: bool,
}

/// Delivers an invitation.
pub(super) struct Post {
    public_urls: PublicUrls,
    mailer: Option<Mailer>,
}

impl Delivery {
    /// Checks, before anything is created, that mail can be sent if requested.
    pub(super) async fn prepare(
        &self,
        place: &Workplace,
        surface: Surface,
    ) -> Result<Post, CliError> {
        let public_urls = PublicUrls::new(&place.config, place.config.listen);
        let is_known = public_urls.is_configured(surface);
        if !self.mail {
            if !is_known {
                warn_of_guess(&public_urls, surface)?;
            }
            return Ok(Post { public_urls, mailer: None });
        }
        if !is_known {
            return Err(CliError::Usage(
                "--mail needs public-url, for the link in the mail".into(),
            ));
        }
        match try_server(&place.config).await {
            None => Err(CliError::Usage(
                "--mail needs a mail server: set smtp-url, such as smtps://user:password@mail.example.nl".into(),
            )),
            Some(Err(fault)) => Err(CliError::Usage(format!("{fault}; {}", fault.remedy()))),
            Some(Ok(())) => Ok(Post { public_urls, mailer: Some(Mailer::new(&place.config)?) }),
        }
    }
}

/// Tells the operator that the link may not lead to the server.
fn warn_of_guess(public_urls: &PublicUrls, surface: Surface) -> std::io::Result<()> {
    let mut stderr = std::io::stderr().lock();
    writeln!(
        stderr,
        "warning: public-url is not set, so the link begins with {}, which may work on this machine only. \
         Set it to the address at which people reach the server, such as --public-url https://portal.example.nl, \
         and invite again; the earlier link keeps working behind that address",
        public_urls.origin(surface)
    )
}

impl Post {
    /// Mails an invitation, if requested, and describes it for the operator. The link is always
    /// included, because it is only shown here.
    pub(super) async fn deliver(
        &self,
        invitation: &OperatorInvitation,
        name: &str,
        email: &str,
    ) -> Value {
        let (surface, path, key, id) = match &invitation.organisation {
            Organisation::Portal(id) => {
                (Surface::Manage, Site::Manage.path(), "portalId", id.to_string())
            }
            Organisation::Developer(id) => {
                (Surface::Developers, Site::Developers.path(), "developerId", id.to_string())
            }
        };
        let path = format!("{path}/invitation?token={}", invitation.token.reveal());
        let link = self.public_urls.url(surface, &path);
        let mut answer = json!({ "expiresAt": invitation.expires_at.to_string(), "mailed": false });
        answer[key] = id.into();
        if let Some(mailer) = &self.mailer {
            match mailer.deliver(&mail(email, name, &link)).await {
                Ok(()) => answer["mailed"] = true.into(),
                Err(error) => answer["mailError"] = error.to_string().into(),
            }
        }
        answer["link"] = link.into();
        answer
    }
}

fn mail(to: &str, organisation: &str, link: &str) -> Mail {
    Mail::in_both_languages(
        to,
        Speaker::Inviting(organisation),
        |lang| subject(lang, organisation),
        |lang| {
            tr!(lang, "mail.first_owner.text", organisation = organisation, link = link)
                .into_owned()
        },
    )
}

fn subject(lang: Lang, organisation: &str) -> String {
    tr!(lang, "mail.first_owner.subject", organisation = organisation).into_owned()
}

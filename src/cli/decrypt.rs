//! `decrypt`: the code that a link stands for.

use serde::Serialize;

use super::Surroundings;
use super::counter;
use super::error::Error;
use super::exit::{Exit, refusal_word, trouble_word};
use super::output::{self, note};
use super::query::say_trouble;
use crate::code::{self, CardId, EncryptedCode, Refusal, Scanned};
use crate::till::Purpose;
use crate::ui::sentence;
use crate::ui::text::{Language, Text};

/// Turn a link, or the encrypted code out of one, into the coupon's code
#[derive(Debug, clap::Args)]
pub struct Decrypt {
    /// The link as it was scanned, or its encrypt_code alone
    text: String,
}

/// What `decrypt --json` prints. Other programs rely on the first two fields.
#[derive(Debug, Default, Serialize)]
struct Line<'a> {
    code: Option<&'a str>,
    card_id: Option<&'a str>,
    /// Why there is no code, in a word.
    reason: Option<&'a str>,
    errcode: Option<i64>,
    message: Option<&'a str>,
}

impl Decrypt {
    /// Runs the command.
    ///
    /// # Errors
    /// What must be mended first.
    pub async fn run(self, around: &Surroundings) -> Result<Exit, Error> {
        let (encrypted, card_id) = match read(&self.text) {
            Ok(read) => read,
            Err(refusal) => {
                if around.json {
                    let message = refusal.to_string();
                    output::json(&Line {
                        reason: Some(refusal_word(refusal)),
                        message: Some(&message),
                        ..Line::default()
                    })?;
                }
                note(&sentence::refusal(&Text::new(Language::English), refusal));
                return Ok(Exit::after_reading(refusal));
            }
        };
        let settings = around.settings()?;
        let open = counter::open(&settings, &around.places, Purpose::Ask { check_consume: false }).await?;
        match open.client.decrypt(&encrypted).await {
            Ok(code) => {
                let card_id = card_id.as_ref().map(CardId::as_str);
                if around.json {
                    output::json(&Line { code: Some(code.as_str()), card_id, ..Line::default() })?;
                } else {
                    output::line(&match card_id {
                        Some(card_id) => format!("{code} (card {card_id})"),
                        None => code.to_string(),
                    })?;
                }
                Ok(Exit::Done)
            }
            Err(error) => {
                let trouble = error.trouble();
                if around.json {
                    output::json(&Line {
                        reason: Some(trouble_word(&trouble)),
                        errcode: trouble.errcode(),
                        message: Some(trouble.detail()),
                        ..Line::default()
                    })?;
                }
                note(&say_trouble(&trouble));
                Ok(Exit::after(&trouble))
            }
        }
    }
}

/// Takes a link, or an encrypted code alone. One that still wears the percent signs of its link is undressed once, as in the link:
/// an encrypted code is base64, which has none.
fn read(text: &str) -> Result<(EncryptedCode, Option<CardId>), Refusal> {
    let text = text.trim();
    match code::read(text) {
        Ok(Scanned::Encrypted { code, card_id }) => return Ok((code, card_id)),
        Err(refusal @ (Refusal::Payment | Refusal::Link | Refusal::SetUp | Refusal::Empty)) => return Err(refusal),
        _ => {}
    }
    if text.contains('%')
        && let Ok(Scanned::Encrypted { code, .. }) = code::read(&format!("https://link/?encrypt_code={text}"))
    {
        return Ok((code, None));
    }
    Ok((EncryptedCode::parse(text)?, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_and_a_bare_code_with_or_without_percent_signs_are_the_same_encrypted_code() {
        for (text, card) in [
            ("https://m.example/?encrypt_code=a%2Bb%3D%3D&card_id=p1", Some("p1")),
            ("a%2Bb%3D%3D", None),
            (" a+b==\n", None),
        ] {
            let (code, card_id) = read(text).expect("an encrypted code");
            assert_eq!((code.as_str(), card_id.as_ref().map(CardId::as_str)), ("a+b==", card), "{text}");
        }
    }

    #[test]
    fn what_is_no_encrypted_code_is_refused_by_name() {
        for (text, refusal) in [
            ("", Refusal::Empty),
            ("130000000000000000", Refusal::Payment),
            ("https://m.example/", Refusal::Link),
            ("two words", Refusal::IllegalCharacters),
        ] {
            assert_eq!(read(text), Err(refusal), "{text}");
        }
    }
}

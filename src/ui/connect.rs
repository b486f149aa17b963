//! The form that connects this till to a merchant's account. What is entered is tested with the platform before any of it is saved.

use eframe::egui::{self, Button, Grid, Label, RichText, ScrollArea, TextEdit, Ui, vec2};
use secrecy::SecretString;

use super::text::Text;
use super::theme;
use crate::code::CardId;
use crate::config::{
    self, Account, BASE_URL_DEFAULT, Credentials, Keeper, NAME_CHARS_MAX, Places, SecretPlace, Settings, TillNames,
};
use crate::plain;
use crate::till;
use crate::trouble::{Trouble, chain};

/// An account that works and is saved.
pub struct Connected {
    pub account: Account,
    /// What the till is called.
    pub till: TillNames,
    /// Where the secret is.
    pub place: SecretPlace,
}

/// How the till gets its tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    AppSecret,
    TokenService,
}

/// What is entered in a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Anything that a person may be called, in any script.
    Words,
    /// Latin letters, digits and signs.
    Letters,
    /// The same, hidden.
    Secret,
}

/// The form and what has been entered in it.
pub struct ConnectForm {
    way: Way,
    appid: String,
    secret: String,
    service_url: String,
    bearer: String,
    base_url: String,
    till: String,
    cashier: String,
    testing: bool,
    /// Not drawn yet: its first field takes the focus.
    fresh: bool,
    /// Why it is not saved.
    refusal: Option<String>,
}

/// What the person at the form wants.
pub enum Wish {
    /// To leave it.
    Cancel,
    /// To test and save.
    Test(Box<Entered>),
}

/// What was entered, ready to be tested.
pub struct Entered {
    account: Account,
    till: TillNames,
    custom_cards: Vec<CardId>,
    secret: Option<SecretString>,
}

impl ConnectForm {
    /// A form with what `settings` already know; secrets are to be entered anew.
    pub fn new(settings: &Settings) -> Self {
        let (mut way, mut appid, mut service_url) = (Way::AppSecret, String::new(), String::new());
        match settings.account.as_ref().map(|account| &account.credentials) {
            Some(Credentials::AppSecret { appid: known, .. }) => appid.clone_from(known),
            Some(Credentials::TokenService { url, .. }) => {
                way = Way::TokenService;
                service_url.clone_from(url);
            }
            None => {}
        }
        let base_url = settings.account.as_ref().map_or(BASE_URL_DEFAULT, |account| &account.base_url);
        Self {
            way,
            appid,
            secret: String::new(),
            service_url,
            bearer: String::new(),
            base_url: base_url.to_owned(),
            till: settings.till.name.clone(),
            cashier: settings.till.cashier.clone(),
            testing: false,
            fresh: true,
            refusal: None,
        }
    }

    /// The test is over and came to nothing, for this reason.
    pub fn refused(&mut self, why: &str, text: &Text) {
        self.testing = false;
        self.refusal = Some(text.say_with("connect-failed", &[("why", why)]));
    }

    /// Draws the form.
    pub fn show(&mut self, ui: &mut Ui, text: &Text, settings: &Settings) -> Option<Wish> {
        let mut wish = None;
        ScrollArea::vertical().id_salt("connect").auto_shrink(false).show(ui, |ui| {
            ui.label(RichText::new(text.say("connect-title")).font(theme::title_font()));
            ui.label(text.say("connect-how"));
            ui.add_enabled_ui(!self.testing, |ui| {
                ui.horizontal(|ui| {
                    ui.radio_value(&mut self.way, Way::AppSecret, text.say("connect-appid-way"));
                    ui.radio_value(&mut self.way, Way::TokenService, text.say("connect-service-way"));
                });
                Grid::new("account").num_columns(2).spacing([12.0, 10.0]).show(ui, |ui| {
                    let width = (ui.available_width() - 240.0).clamp(240.0, 520.0);
                    let mut field = |words: String, value: &mut String, kind: Kind| {
                        let label = ui.label(words);
                        let edit = TextEdit::singleline(value).password(kind == Kind::Secret).desired_width(width);
                        let edit = ui.add(edit).labelled_by(label.id);
                        if std::mem::take(&mut self.fresh) {
                            edit.request_focus();
                        }
                        if kind != Kind::Words {
                            theme::without_input_method(ui, &edit);
                        }
                        ui.end_row();
                    };
                    match self.way {
                        Way::AppSecret => {
                            field(text.say("connect-appid"), &mut self.appid, Kind::Letters);
                            field(text.say("connect-secret"), &mut self.secret, Kind::Secret);
                        }
                        Way::TokenService => {
                            field(text.say("connect-service-url"), &mut self.service_url, Kind::Letters);
                            field(text.say("connect-bearer"), &mut self.bearer, Kind::Secret);
                        }
                    }
                    field(text.say("connect-base-url"), &mut self.base_url, Kind::Letters);
                    field(text.say("connect-till"), &mut self.till, Kind::Words);
                    field(text.say("connect-cashier"), &mut self.cashier, Kind::Words);
                });
                ui.horizontal(|ui| {
                    let words = text.say(if self.testing { "connect-testing" } else { "connect-test" });
                    let size = vec2(180.0, theme::TOUCH_HEIGHT);
                    if ui.add(Button::new(words).min_size(size)).clicked() {
                        match self.entered(settings) {
                            Ok(entered) => {
                                self.testing = true;
                                self.refusal = None;
                                wish = Some(Wish::Test(Box::new(entered)));
                            }
                            Err(key) => {
                                let field = text.say(key);
                                self.refusal = Some(text.say_with("connect-missing", &[("field", &field)]));
                            }
                        }
                    }
                    if ui.add(Button::new(text.say("connect-cancel")).min_size(size)).clicked() {
                        wish = Some(Wish::Cancel);
                    }
                });
            });
            if self.testing {
                ui.add(egui::Spinner::new());
            }
            if let Some(refusal) = &self.refusal {
                ui.add(Label::new(RichText::new(refusal).color(theme::palette(ui).words(theme::Tone::Bad))).wrap());
            }
        });
        wish
    }

    /// What was entered, or the key of the field that is missing.
    fn entered(&self, settings: &Settings) -> Result<Entered, &'static str> {
        let needed = |value: &str, key| match value.trim() {
            "" => Err(key),
            value => Ok(value.to_owned()),
        };
        let secret = |value: &str| (!value.trim().is_empty()).then(|| SecretString::from(value.trim()));
        let (credentials, secret) = match self.way {
            Way::AppSecret => {
                needed(&self.secret, "connect-secret")?;
                let appid = needed(&self.appid, "connect-appid")?;
                (Credentials::AppSecret { appid, secret: SecretPlace::KeyStore }, secret(&self.secret))
            }
            Way::TokenService => {
                let url = needed(&self.service_url, "connect-service-url")?;
                (Credentials::TokenService { url, bearer: SecretPlace::KeyStore }, secret(&self.bearer))
            }
        };
        let account = Account { base_url: needed(&self.base_url, "connect-base-url")?, credentials };
        let name = |text: &str| plain::line(text, NAME_CHARS_MAX);
        let till = TillNames { name: name(&needed(&self.till, "connect-till")?), cashier: name(&self.cashier) };
        Ok(Entered { account, till, custom_cards: settings.custom_cards.clone(), secret })
    }
}

/// Why an account cannot be used just now.
pub enum Unfit {
    /// The platform or the token service refused, or could not be reached.
    Refused(Trouble),
    /// It cannot be asked, or could not be saved: why, in English.
    Failed(String),
}

/// Asks the platform whether the account of `settings` still works.
pub async fn test(settings: Settings, places: Places) -> Result<(), Unfit> {
    let failed = |error: &dyn std::error::Error| Unfit::Failed(chain(error));
    let Some(account) = settings.account else { return Ok(()) };
    let owner = account.clone();
    // The key store may ask a person for a password: not on a thread that serves the network.
    let secret = tokio::task::spawn_blocking(move || config::account_secret(&owner, &places)).await;
    let secret = secret.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
    let client = till::client_for(&account, secret, &settings.custom_cards).map_err(|error| failed(&error))?;
    client.check_account().await.map(drop).map_err(|error| Unfit::Refused(error.trouble()))
}

/// Asks the platform whether `account` works with `secret`, and keeps that where it belongs if it does. Says where that is.
pub async fn test_and_keep(
    account: &Account,
    custom_cards: &[CardId],
    secret: Option<SecretString>,
    places: Places,
) -> Result<SecretPlace, Unfit> {
    let client = till::client_for(account, secret.clone(), custom_cards);
    let client = client.map_err(|error| Unfit::Failed(chain(&error)))?;
    if let Err(error) = client.check_account().await {
        tracing::warn!("an account was refused: {}", error.chain());
        return Err(Unfit::Refused(error.trouble()));
    }
    // The key store may ask a person for a password: not on a thread that serves the network.
    let owner = account.clone();
    let kept = tokio::task::spawn_blocking(move || match secret {
        Some(secret) => config::store_secret(&owner, &places, secret),
        None => Ok(SecretPlace::KeyStore),
    });
    match kept.await {
        Ok(Ok(place)) => Ok(place),
        Ok(Err(error)) => Err(Unfit::Failed(chain(&error))),
        Err(error) => Err(Unfit::Failed(error.to_string())),
    }
}

/// Asks the platform whether what was entered is right, and saves it if it is.
pub async fn test_and_save(entered: Entered, places: Places, keeper: &Keeper) -> Result<Connected, Unfit> {
    let Entered { account, till, custom_cards, secret } = entered;
    let place = test_and_keep(&account, &custom_cards, secret, places).await?;
    let (new_account, new_till) = (account.clone(), till.clone());
    let saved = keeper.change(move |settings| {
        settings.account = Some(new_account);
        settings.till = new_till;
    });
    match saved.await {
        Ok(Ok(())) => Ok(Connected { account, till, place }),
        Ok(Err(error)) => Err(Unfit::Failed(chain(&error))),
        Err(error) => Err(Unfit::Failed(error.to_string())),
    }
}

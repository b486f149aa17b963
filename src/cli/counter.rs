//! The counter as commands see it: the same till and desk as behind the window, asked about one code.

use super::error::Error;
use super::output::note;
use crate::code::{CardId, Code, Scanned};
use crate::config::{Places, Settings};
use crate::coupon::Verdict;
use crate::desk::{Event, Shown, Stage};
use crate::till::{self, Open, Purpose};
use crate::trouble::Trouble;
use crate::write_off::WriteOffId;

/// Says that nothing is real where the settings name no account.
pub fn say_if_practice(settings: &Settings, places: &Places) {
    if settings.account.is_none() {
        let file = places.settings_file.display();
        note(&format!("practice: {file} names no account, so this is the built-in sandbox and nothing here is real"));
    }
}

/// Opens the till.
///
/// # Errors
/// What must be mended first.
pub async fn open(settings: &Settings, places: &Places, purpose: Purpose) -> Result<Open, Error> {
    Ok(till::open(settings, places, purpose, || {}).await?)
}

/// What lies before the cashier after a look-up.
pub enum Seen {
    /// A coupon and the verdict on it.
    Coupon {
        /// The coupon.
        shown: Box<Shown>,
        /// May it be consumed now?
        verdict: Verdict,
        /// An unsettled write-off of the same code.
        in_doubt: Option<WriteOffId>,
    },
    /// No answer about it.
    Nothing {
        /// The code; `None` where an encrypted one could not be decoded.
        code: Option<Code>,
        /// Why.
        trouble: Trouble,
    },
}

/// Has the desk look up what was entered. A card that is named counts for more than the one in a link.
///
/// # Errors
/// [`Error::TillEnded`].
pub async fn look_up(open: &mut Open, entered: Scanned, named: Option<CardId>) -> Result<Seen, Error> {
    let (code, card_id) = match entered {
        Scanned::Code(code) => (code, named),
        Scanned::Encrypted { code, card_id } => match open.client.decrypt(&code).await {
            Ok(code) => (code, named.or(card_id)),
            Err(error) => return Ok(Seen::Nothing { code: None, trouble: error.trouble() }),
        },
    };
    open.till.tell(Event::Entered { code, card_id });
    let answered = |stage: &Stage| matches!(stage, Stage::Shown { .. } | Stage::LookupFailed { .. });
    let view = open.till.wait_until(|view| answered(&view.stage)).await.ok_or(Error::TillEnded)?;
    match view.stage {
        Stage::Shown { shown, verdict, in_doubt } => Ok(Seen::Coupon { shown: Box::new(shown), verdict, in_doubt }),
        Stage::LookupFailed { code, trouble } => Ok(Seen::Nothing { code, trouble }),
        _ => Err(Error::TillEnded), // the two above are what was waited for
    }
}

//! The faults switch: which of the platform's calls is to go wrong next, and how.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// The longest delay that can be asked for; longer than any client waits.
pub const DELAY_MAX: Duration = Duration::from_secs(600);
/// The most faults that may wait their turn.
pub const FAULTS_MAX: usize = 1_000;

/// How a fault is written, for a command's help.
pub const HELP: &str = "\
Make a call go wrong, as in consume=execute_then_close:1; may be given several times.
CALL: token, get, consume, decrypt, card.
KIND, executed all the same: delay_ms=N (then answered rightly, even if the client has left), execute_then_close, garbage, truncated.
KIND, not executed: close_before, http_500, system_busy, token_refused, quota, errcode=N.
COUNT: for the next so many calls; without it, for every call. Faults for one call queue up in the order given.";

/// One of the platform's calls, by the word for it in faults and records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Call {
    /// `GET /cgi-bin/token` and `POST /cgi-bin/stable_token`.
    Token,
    /// `POST /card/code/get`, the query.
    Get,
    /// `POST /card/code/consume`, the write-off.
    Consume,
    /// `POST /card/code/decrypt`.
    Decrypt,
    /// `POST /card/get`, the card's details.
    Card,
}

const CALLS: [Call; 5] = [Call::Token, Call::Get, Call::Consume, Call::Decrypt, Call::Card];

impl Call {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Get => "get",
            Self::Consume => "consume",
            Self::Decrypt => "decrypt",
            Self::Card => "card",
        }
    }
}

/// How a call goes wrong. Whether it is executed all the same is part of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// `delay_ms=N`: executed and answered rightly, N milliseconds late. Executed also when the client has gone away meanwhile,
    /// as a real server does.
    Delay(Duration),
    /// `close_before`: the connection is closed and nothing executed.
    CloseBefore,
    /// `execute_then_close`: executed, and the connection closed instead of an answer.
    ExecuteThenClose,
    /// `http_500`: a web server's error page with status 500; nothing executed.
    Http500,
    /// `system_busy`: the platform's error -1; nothing executed.
    SystemBusy,
    /// `garbage`: executed, and answered with status 200 and a text that means nothing.
    Garbage,
    /// `truncated`: executed, and the connection closed in the middle of the answer.
    Truncated,
    /// `token_refused`: error 40001; nothing executed. The token itself stays good.
    TokenRefused,
    /// `quota`: error 45009; nothing executed.
    Quota,
    /// `errcode=N`: that error; nothing executed.
    Errcode(i64),
}

impl FaultKind {
    /// The error code that is answered in place of executing, for the kinds that answer one.
    pub(super) fn errcode(self) -> Option<i64> {
        match self {
            Self::SystemBusy => Some(-1),
            Self::TokenRefused => Some(40001),
            Self::Quota => Some(45009),
            Self::Errcode(errcode) => Some(errcode),
            _ => None,
        }
    }
}

/// The kinds that take no number.
const PLAIN: [(&str, FaultKind); 8] = [
    ("close_before", FaultKind::CloseBefore),
    ("execute_then_close", FaultKind::ExecuteThenClose),
    ("http_500", FaultKind::Http500),
    ("system_busy", FaultKind::SystemBusy),
    ("garbage", FaultKind::Garbage),
    ("truncated", FaultKind::Truncated),
    ("token_refused", FaultKind::TokenRefused),
    ("quota", FaultKind::Quota),
];

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delay(delay) => write!(f, "delay_ms={}", delay.as_millis()),
            Self::Errcode(errcode) => write!(f, "errcode={errcode}"),
            plain => f.write_str(PLAIN.iter().find(|(_, kind)| kind == plain).map_or("", |(word, _)| word)),
        }
    }
}

impl Serialize for FaultKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// One entry of the faults switch, written `CALL=KIND[:COUNT]`: `consume=execute_then_close:1`, `get=delay_ms=500`.
///
/// Several faults for one call queue up: each serves its count of calls before the next begins, so one without a count is
/// the last that its call will see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The call that goes wrong.
    pub call: Call,
    /// How.
    pub kind: FaultKind,
    /// For the next so many calls; `None` for as long as the sandbox runs.
    pub count: Option<u32>,
}

/// Why a text names no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// Without `=` there is no call.
    #[error("a fault is written CALL=KIND[:COUNT], as in consume=execute_then_close:1")]
    Shape,
    /// No such call.
    #[error("'{0}' is no call: token, get, consume, decrypt or card")]
    Call(String),
    /// No such kind.
    #[error(
        "'{0}' is no kind of fault: delay_ms=N, close_before, execute_then_close, http_500, system_busy, garbage, truncated, token_refused, quota or errcode=N"
    )]
    Kind(String),
    /// A delay that is no number or longer than [`DELAY_MAX`].
    #[error("'{0}' is no delay: 0 to {max} milliseconds", max = DELAY_MAX.as_millis())]
    Delay(String),
    /// An error code that is no number, or 0, which is success.
    #[error("'{0}' is no error code: a whole number other than 0")]
    Errcode(String),
    /// A count that is no number above 0.
    #[error("'{0}' is no count: 1 or more; leave it out for every call")]
    Count(String),
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (call, rest) = text.trim().split_once('=').ok_or(FaultError::Shape)?;
        let call = CALLS.into_iter().find(|c| c.word() == call).ok_or_else(|| FaultError::Call(call.to_owned()))?;
        let (kind, count) = match rest.split_once(':') {
            Some((kind, count)) => (kind, Some(count)),
            None => (rest, None),
        };
        let count = count
            .map(|n| n.parse().ok().filter(|n| *n > 0).ok_or_else(|| FaultError::Count(n.to_owned())))
            .transpose()?;
        let kind = match kind.split_once('=') {
            Some(("delay_ms", n)) => n
                .parse()
                .ok()
                .map(Duration::from_millis)
                .filter(|delay| *delay <= DELAY_MAX)
                .map(FaultKind::Delay)
                .ok_or_else(|| FaultError::Delay(n.to_owned()))?,
            Some(("errcode", n)) => n
                .parse()
                .ok()
                .filter(|errcode| *errcode != 0)
                .map(FaultKind::Errcode)
                .ok_or_else(|| FaultError::Errcode(n.to_owned()))?,
            _ => PLAIN
                .iter()
                .find(|(word, _)| *word == kind)
                .map(|(_, kind)| *kind)
                .ok_or_else(|| FaultError::Kind(kind.to_owned()))?,
        };
        Ok(Self { call, kind, count })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.call.word(), self.kind)?;
        self.count.map_or(Ok(()), |count| write!(f, ":{count}"))
    }
}

/// The faults that wait their turn.
#[derive(Debug, Default)]
pub(super) struct Faults(VecDeque<Fault>);

impl Faults {
    /// Queues `fault` behind the others. One that can never have an effect (a count of 0, or a full queue) is dropped.
    pub(super) fn add(&mut self, fault: Fault) {
        if fault.count != Some(0) && self.0.len() < FAULTS_MAX {
            self.0.push_back(fault);
        }
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that befalls this one call, used up where its count is over.
    pub(super) fn next(&mut self, call: Call) -> Option<FaultKind> {
        let at = self.0.iter().position(|fault| fault.call == call)?;
        let fault = self.0.get_mut(at)?;
        let kind = fault.kind;
        if let Some(left) = &mut fault.count {
            *left -= 1;
            if *left == 0 {
                self.0.remove(at);
            }
        }
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fault_is_read_as_it_is_written() {
        for text in [
            "token=quota",
            "get=delay_ms=500",
            "get=delay_ms=0:3",
            "consume=execute_then_close:1",
            "decrypt=garbage:4294967295",
            "card=errcode=-1:2",
            "consume=errcode=40147",
        ] {
            assert_eq!(text.parse::<Fault>().map(|fault| fault.to_string()).as_deref(), Ok(text));
        }
        for (word, kind) in PLAIN {
            let fault = format!("card={word}:7").parse();
            assert_eq!(fault, Ok(Fault { call: Call::Card, kind, count: Some(7) }));
        }
    }

    #[test]
    fn what_is_no_fault_is_refused_by_its_wrong_part() {
        let refused = |text: &str| text.parse::<Fault>().expect_err(text);
        assert_eq!(refused("consume"), FaultError::Shape);
        assert_eq!(refused("query=quota"), FaultError::Call("query".to_owned()));
        assert_eq!(refused("get=slow"), FaultError::Kind("slow".to_owned()));
        assert_eq!(refused("get=quota=1"), FaultError::Kind("quota=1".to_owned()));
        assert_eq!(refused("get=delay_ms=soon"), FaultError::Delay("soon".to_owned()));
        assert_eq!(refused("get=delay_ms=600001"), FaultError::Delay("600001".to_owned()));
        assert_eq!(refused("get=errcode=0"), FaultError::Errcode("0".to_owned()));
        assert_eq!(refused("get=quota:0"), FaultError::Count("0".to_owned()));
        assert_eq!(refused("get=quota:-1"), FaultError::Count("-1".to_owned()));
    }

    #[test]
    fn faults_queue_up_in_order_and_each_call_has_its_own_turn() {
        let mut faults = Faults::default();
        for text in ["consume=quota:2", "get=garbage:1", "consume=http_500:1"] {
            faults.add(text.parse().expect("a fault"));
        }
        assert_eq!(faults.next(Call::Consume), Some(FaultKind::Quota));
        assert_eq!(faults.next(Call::Get), Some(FaultKind::Garbage));
        assert_eq!(faults.next(Call::Get), None);
        assert_eq!(faults.next(Call::Consume), Some(FaultKind::Quota));
        assert_eq!(faults.next(Call::Consume), Some(FaultKind::Http500));
        assert_eq!(faults.next(Call::Consume), None);
    }

    #[test]
    fn a_fault_without_a_count_lasts_until_it_is_cleared() {
        let mut faults = Faults::default();
        faults.add("get=quota".parse().expect("a fault"));
        for _ in 0..100 {
            assert_eq!(faults.next(Call::Get), Some(FaultKind::Quota));
        }
        faults.clear();
        assert_eq!(faults.next(Call::Get), None);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_is_written_back(text in "\\PC{0,40}|(token|get|consume)=(delay_ms=|errcode=|quota|garbage)-?[0-9]{0,12}:?[0-9]{0,11}") {
            if let Ok(fault) = text.parse::<Fault>() {
                prop_assert_eq!(fault.to_string().parse(), Ok(fault));
            }
        }
    }
}

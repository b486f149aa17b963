//! The platform's error codes that can meet a card call or a token fetch: what each means and what may be done about it.
//!
//! One table, so that the client, the window, `doctor` and the tests cannot disagree. A code that it lacks is still an answer: see
//! [`class_of`].

use crate::trouble::Class::{
    self, AlreadyConsumed, CannotBeUsed, Configuration, OffPath, Token, Unknown, Wait, WrongCode,
};

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// The number (`errcode`).
    pub code: i64,
    /// What it means, in one line of English. For logs and `doctor`; a cashier's sentence is chosen by the class.
    pub meaning: &'static str,
    /// What may be done about it.
    pub class: Class,
}

/// «System busy»: the one code after which nobody knows whether the call was carried out.
pub const SYSTEM_BUSY: i64 = -1;
/// «Invalid serial code»: among other things, a custom code that came without its card id.
pub const INVALID_SERIAL_CODE: i64 = 40056;

/// Every code known, by number.
#[rustfmt::skip] // a table is read by its columns
pub const ERROR_CODES: &[ErrorCode] = &[
    row(SYSTEM_BUSY, Unknown, "system busy"),
    row(40001, Token,           "access token invalid or not the latest; at a token fetch: wrong AppSecret"),
    row(40002, Configuration,   "invalid grant type"),
    row(40013, Configuration,   "invalid AppID"),
    row(40014, Token,           "invalid access token"),
    row(40033, Configuration,   "illegal characters in the request"),
    row(40053, OffPath,         "invalid action info (creating a QR code)"),
    row(40054, OffPath,         "invalid address of a menu button"),
    row(40055, OffPath,         "invalid address of a menu's sub-button"),
    row(INVALID_SERIAL_CODE, WrongCode, "invalid serial code: unknown, never taken by a customer, given away, or a custom code without its card id"),
    row(40070, OffPath,         "invalid stock information"),
    row(40071, CannotBeUsed,    "invalid card type: this kind of card is not written off"),
    row(40072, OffPath,         "invalid location id or way of encoding"),
    row(40073, WrongCode,       "invalid card id"),
    row(40075, WrongCode,       "invalid encrypted code"),
    row(40078, CannotBeUsed,    "invalid card status"),
    row(40079, OffPath,         "invalid time"),
    row(40080, OffPath,         "invalid card extension"),
    row(40097, Configuration,   "invalid arguments"),
    row(40099, AlreadyConsumed, "this code was written off before"),
    row(40100, OffPath,         "invalid validity dates"),
    row(40109, OffPath,         "too many codes deposited at once"),
    row(40110, OffPath,         "a deposited code is too long or too short"),
    row(40111, OffPath,         "a deposited code was deposited before"),
    row(40116, WrongCode,       "invalid code"),
    row(40122, OffPath,         "invalid quantity"),
    row(40124, OffPath,         "too many custom fields"),
    row(40125, Configuration,   "invalid AppSecret"),
    row(40127, CannotBeUsed,    "invalid state: deleted, being given to a friend, expired or made void"),
    row(40139, Configuration,   "sub-merchant: not one of this account's"),
    row(40140, Configuration,   "sub-merchant: not allowed"),
    row(40146, CannotBeUsed,    "a friends' coupon reserved by another customer"),
    row(40147, CannotBeUsed,    "outside the times at which it may be used"),
    row(40148, CannotBeUsed,    "a friends' coupon of a kind that is not written off so"),
    row(40149, CannotBeUsed,    "a friends' coupon past its limit of use"),
    row(40164, Configuration,   "this address is not on the account's list of allowed addresses"),
    row(40243, Configuration,   "the AppSecret is frozen"),
    row(41001, Configuration,   "access token missing"),
    row(41002, Configuration,   "AppID missing"),
    row(41004, Configuration,   "AppSecret missing"),
    row(41011, Configuration,   "required fields missing"),
    row(41012, Configuration,   "card id missing"),
    row(41013, Configuration,   "code missing"),
    row(42001, Token,           "access token expired"),
    row(42007, Configuration,   "access token void since the account's password changed; authorise again"),
    row(43002, Configuration,   "this call must be a POST"),
    row(43009, Configuration,   "the account may not use custom codes"),
    row(43010, OffPath,         "the account may not use balances"),
    row(43011, OffPath,         "the account may not use bonus points"),
    row(43012, OffPath,         "the account may not use links of its own"),
    row(43015, Configuration,   "needs to be authorised by the platform's staff"),
    row(43017, OffPath,         "location id required (creating a card)"),
    // This till reserves nothing, so what could be mended elsewhere is final here.
    row(43018, CannotBeUsed,    "a friends' coupon that must be reserved before it is written off"),
    row(45009, Wait,            "the day's quota of calls is used up"),
    row(45011, Wait,            "too many calls this minute"),
    row(45021, Configuration,   "an argument is too long"),
    row(45030, CannotBeUsed,    "this card does not support the call"),
    row(45031, OffPath,         "out of stock"),
    row(45033, OffPath,         "taken too often by one customer"),
    row(45035, Configuration,   "this address is not registered with the account"),
    row(45053, OffPath,         "self-service write-off: verify code"),
    row(45054, OffPath,         "self-service write-off: verify code"),
    row(45055, OffPath,         "self-service write-off: verify code"),
    row(45102, Wait,            "the call is blocked for a while"),
    row(45103, Configuration,   "the call is no longer supported"),
    row(45154, OffPath,         "self-service write-off: verify code"),
    row(45155, OffPath,         "self-service write-off: verify code"),
    row(45156, OffPath,         "self-service write-off: verify code"),
    row(47001, Configuration,   "the request is not the JSON that was expected"),
    row(47002, Configuration,   "the request holds escaped Unicode"),
    row(48001, Configuration,   "the account may not make this call"),
    row(48004, Configuration,   "the call is forbidden to this account"),
    row(48009, Configuration,   "the call has been retired"),
    row(48017, Configuration,   "a retired address of the platform; use its name"),
    row(49003, WrongCode,       "the owner does not belong to this account"),
    row(50002, Configuration,   "the account is limited"),
    row(50004, Configuration,   "the account is being punished"),
    row(61004, Configuration,   "this address is not registered with the account"),
    row(72003, OffPath,         "member cards or invoices"),
    row(72013, OffPath,         "member cards or invoices"),
    row(72015, OffPath,         "member cards or invoices"),
    row(72016, OffPath,         "the account may not create member cards"),
    row(72017, OffPath,         "invalid invoice title"),
    row(72018, OffPath,         "member cards or invoices"),
    row(72020, CannotBeUsed,    "outside its limits of use"),
    row(72021, OffPath,         "the account may not use general cards"),
    row(72022, Configuration,   "add the customer to the test accounts first"),
    row(73200, WrongCode,       "no details for this card id and code"),
    row(73204, WrongCode,       "the card does not exist"),
    row(73205, OffPath,         "friends' coupons are suspended"),
    row(73206, OffPath,         "friends' coupons are suspended"),
    row(73207, OffPath,         "friends' coupons are suspended"),
    row(73208, OffPath,         "friends' coupons are suspended"),
    row(73209, OffPath,         "friends' coupons are suspended"),
    row(73211, OffPath,         "jumps to web pages are retired; use a mini program"),
    row(73215, OffPath,         "payment coupons are retired"),
    row(89503, Configuration,   "an administrator of the account must confirm this address first"),
];

const fn row(code: i64, class: Class, meaning: &'static str) -> ErrorCode {
    ErrorCode { code, meaning, class }
}

/// The row of `errcode`, where there is one.
pub fn lookup(errcode: i64) -> Option<&'static ErrorCode> {
    ERROR_CODES.binary_search_by_key(&errcode, |row| row.code).ok().map(|at| &ERROR_CODES[at])
}

/// What may be done about `errcode`.
///
/// A code that the table lacks is [`Class::OffPath`]: the platform refused, and why is not known here. Calling it
/// [`Class::CannotBeUsed`] would tell a customer that a good coupon is bad; calling it [`Class::Wait`] would promise that it mends itself.
pub fn class_of(errcode: i64) -> Class {
    lookup(errcode).map_or(OffPath, |row| row.class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_holds_each_code_once() {
        assert!(ERROR_CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
    }

    #[test]
    fn every_documented_code_is_in_its_class() {
        #[rustfmt::skip]
        let documented: [(Class, &[i64]); 8] = [
            (Unknown, &[-1]),
            (Token, &[40001, 40014, 42001]),
            (Wait, &[45009, 45011, 45102]),
            (AlreadyConsumed, &[40099]),
            (CannotBeUsed, &[40071, 40078, 40127, 40146, 40147, 40148, 40149, 43018, 45030, 72020]),
            (WrongCode, &[40056, 40073, 40075, 40116, 49003, 73200, 73204]),
            (Configuration, &[
                40002, 40013, 40033, 40097, 40125, 40139, 40140, 40164, 40243, 41001, 41002, 41004, 41011, 41012, 41013, 42007, 43002,
                43009, 43015, 45021, 45035, 45103, 47001, 47002, 48001, 48004, 48009, 48017, 50002, 50004, 61004, 72022, 89503,
            ]),
            (OffPath, &[
                40053, 40054, 40055, 40070, 40072, 40079, 40080, 40100, 40109, 40110, 40111, 40122, 40124, 43010, 43011, 43012, 43017,
                45031, 45033, 45053, 45054, 45055, 45154, 45155, 45156, 72003, 72013, 72015, 72016, 72017, 72018, 72021,
                73205, 73206, 73207, 73208, 73209, 73211, 73215,
            ]),
        ];
        for (class, codes) in documented {
            for code in codes {
                assert_eq!(lookup(*code).map(|row| row.class), Some(class), "{code}");
            }
        }
        assert_eq!(documented.iter().map(|(_, codes)| codes.len()).sum::<usize>(), ERROR_CODES.len());
    }

    #[test]
    fn an_unlisted_code_is_a_refusal_that_claims_nothing_about_the_coupon() {
        for code in [i64::MIN, -2, 0, 1, 40000, 99999, i64::MAX] {
            assert_eq!((lookup(code), class_of(code)), (None, OffPath));
        }
    }

    #[test]
    fn a_meaning_is_one_line() {
        assert!(ERROR_CODES.iter().all(|row| !row.meaning.is_empty() && !row.meaning.contains('\n')));
    }
}

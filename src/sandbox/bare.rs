//! The sandbox's platform without its sockets: for a simulation that carries requests and answers itself.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::Timestamp;

use super::deck::Deck;
use super::faults::Call;
use super::rules::{self, Request};
use super::tokens::Tokens;
use super::wire::{self, Fields, Refusal};
use super::world::World;

/// A platform that is asked directly.
#[derive(Debug)]
pub(crate) struct Bare {
    world: World,
    tokens: Tokens,
}

/// What the platform says, and whether it did what it was asked.
#[derive(Debug)]
pub(crate) struct Said {
    pub body: String,
    /// The error code; 0 where it was carried out.
    pub errcode: i64,
}

impl Bare {
    /// Deals `deck`, written as a deck file. What was dealt at `now` before is copied.
    pub(crate) fn deal(deck: &'static str, now: Timestamp) -> Self {
        thread_local! {
            static DEALT: RefCell<HashMap<(&'static str, Timestamp), World>> = RefCell::default();
        }
        let deal = || Deck::from_json(deck).expect("a deck").deal(now).expect("a world");
        let world = DEALT.with_borrow_mut(|dealt| dealt.entry((deck, now)).or_insert_with(deal).clone());
        Self { world, tokens: Tokens::default() }
    }

    /// The credentials of the account.
    pub(crate) fn account(&self) -> (&str, &str) {
        (&self.world.appid, &self.world.secret)
    }

    /// Takes one request, and carries it out.
    pub(crate) fn ask(&mut self, path: &str, query: &[(String, String)], body: &[u8], now: Timestamp) -> Said {
        let (call, stable) = match path {
            "/cgi-bin/stable_token" => (Call::Token, true),
            "/card/code/get" => (Call::Get, false),
            "/card/code/consume" => (Call::Consume, false),
            "/card/code/decrypt" => (Call::Decrypt, false),
            "/card/get" => (Call::Card, false),
            path => panic!("the platform has no {path}"),
        };
        let fields = Fields::read(body);
        let request = Request { call, stable, method: "POST", query, fields: &fields };
        let result = rules::answer(&request, &mut self.world, &mut self.tokens, now);
        Said { body: wire::body(&result), errcode: result.err().map_or(0, |refusal| refusal.errcode) }
    }

    /// What it says instead of doing anything.
    pub(crate) fn refuse(errcode: i64) -> Said {
        Said { body: wire::body(&Err(Refusal::from(errcode))), errcode }
    }

    /// The status of a coupon now.
    pub(crate) fn status(&mut self, code: &str, card_id: Option<&str>, now: Timestamp) -> Option<String> {
        self.world.find(code, card_id).map(|(coupon, _)| coupon.status(now).to_owned())
    }

    /// Gives a coupon another status, as its owner or merchant can.
    pub(crate) fn set_status(&mut self, code: &str, card_id: Option<&str>, status: &str) {
        if let Some((coupon, _)) = self.world.find(code, card_id) {
            status.clone_into(&mut coupon.status);
        }
    }

    /// Ends a coupon's validity.
    pub(crate) fn set_end(&mut self, code: &str, card_id: Option<&str>, end: Timestamp) {
        if let Some((coupon, _)) = self.world.find(code, card_id) {
            coupon.window.end = Some(end);
        }
    }

    /// Another holder of the account's credentials forces a new token: the ones that are held are void.
    pub(crate) fn void_tokens(&mut self, now: Timestamp) {
        self.tokens.fetch_stable(true, now);
    }
}

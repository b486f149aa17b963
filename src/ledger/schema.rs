//! The schema of the ledger's file, one step a version. A step that has been released is never changed.

use rusqlite_migration::{M, Migrations};

/// Version 1: write-offs.
const WRITE_OFFS: &str = "CREATE TABLE write_off (
        id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice
        till TEXT NOT NULL,
        cashier TEXT NOT NULL,
        code TEXT NOT NULL,
        card_id TEXT,
        title TEXT,
        openid TEXT,
        intended_at INTEGER NOT NULL,          -- Unix milliseconds, like all times here
        sent_at INTEGER,
        outcome_at INTEGER,
        stage TEXT NOT NULL DEFAULT 'open' CHECK (stage IN ('open', 'unknown', 'rejected', 'accepted')),
        errcode INTEGER,                       -- the platform's
        message TEXT
    ) STRICT;
    CREATE INDEX write_off_by_code ON write_off (code);
    CREATE INDEX write_off_by_time ON write_off (intended_at);
    CREATE INDEX write_off_unsettled ON write_off (id) WHERE stage IN ('open', 'unknown');";

/// Version 2: what a coupon was worth, shifts, and what was in doubt before it was settled. Of rows from before nothing is made up: all of it is
/// NULL in them. A till has one open shift at most.
const SHIFTS: &str = "CREATE TABLE shift (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        till TEXT NOT NULL,
        cashier TEXT NOT NULL CHECK (cashier <> ''),
        opened_at INTEGER NOT NULL,
        closed_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX shift_open ON shift (till) WHERE closed_at IS NULL;
    ALTER TABLE write_off ADD COLUMN kind TEXT;          -- the platform's word for the kind of card
    ALTER TABLE write_off ADD COLUMN reduce_fen INTEGER; -- what a cash coupon takes off, where that is known
    ALTER TABLE write_off ADD COLUMN shift_id INTEGER REFERENCES shift (id);
    ALTER TABLE write_off ADD COLUMN doubt TEXT;         -- the words of the unknown outcome that the final one took the place of
    ALTER TABLE write_off ADD COLUMN doubt_at INTEGER;
    CREATE INDEX write_off_by_shift ON write_off (shift_id) WHERE shift_id IS NOT NULL;";

/// Every version's step.
pub(super) const STEPS: &[M<'static>] = &[M::up(WRITE_OFFS), M::up(SHIFTS)];
/// The way from any version to the present one.
pub(super) const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

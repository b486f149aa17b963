//! JSON that says one thing only.
//!
//! What a name means that stands twice in one object with different values, nobody can say: readers take the first, the last, or none. An
//! answer that says both «written off» and «not» has said nothing, so it is no JSON here.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

/// Parses `text`. A name that stands twice with the same value is forgiven.
///
/// # Errors
/// It is not JSON, goes on after its end, or contradicts itself.
pub(super) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str::<Unambiguous>(text).map(|value| value.0)
}

/// A value that does not contradict itself, at any depth.
struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some((name, Unambiguous(value))) = entries.next_entry::<String, _>()? {
            match fields.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(value);
                }
                Entry::Occupied(said) if *said.get() == value => {}
                Entry::Occupied(_) => return Err(A::Error::custom("a name stands twice, with different values")),
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_contradict_itself_is_read_as_it_is_by_any_reader() {
        for text in [
            "null",
            r#"{"errcode":0,"big":18446744073709551615,"small":-9223372036854775808,"part":0.5,"huge":1e300}"#,
            r#"[{"a":[true,false,null,"券\u0041"]},{},[]]"#,
            r#"{"card":{"a":1},"other":{"a":2}}"#,
        ] {
            let expected: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(parse(text).expect("JSON"), expected);
        }
        assert_eq!(parse(r#"{"errcode":0,"errcode":0}"#).expect("forgiven"), serde_json::json!({"errcode": 0}));
    }

    #[test]
    fn what_contradicts_itself_or_goes_on_after_its_end_is_refused() {
        for text in [
            r#"{"errcode":40099,"errcode":0}"#,
            r#"{"errcode":0,"errcode":40099}"#,
            r#"{"errcode":0,"errcode":"0"}"#,
            r#"{"errcode":0,"card":{"a":1,"a":2}}"#,
            r#"[[{"a":1,"a":null}]]"#,
            r#"{"errcode":0}{"errcode":0}"#,
            r#"{"errcode":0} x"#,
            r#"{"errcode":0"#,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        let deep = "[".repeat(10_000);
        assert!(parse(&deep).is_err(), "and what is nested without end does no harm");
    }
}

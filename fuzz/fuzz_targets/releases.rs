#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hexiao::fuzzing::releases(data));

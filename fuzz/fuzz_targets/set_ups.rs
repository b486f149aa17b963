#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hexiao::fuzzing::set_ups(data));

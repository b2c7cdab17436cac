#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| strake_tests::fuzz::check("manifest", input));

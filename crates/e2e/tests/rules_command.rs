//! `vitrine rules`, as a marketer and a test call it: the real program, its output and its exit codes.

mod rules_command {
    mod campaigns;
    mod documents;
    mod eval;
    mod preview;
    mod run;
}

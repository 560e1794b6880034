//! What the documents show of the command line is what it prints.

use super::run::{rules_folder, rules_in};

/// A command of a document, and what is shown below it.
struct Shown {
    words: Vec<String>,
    output: String,
}

/// The commands in blocks of `console`.
fn commands(markdown: &str) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    let mut is_inside = false;
    for line in markdown.lines() {
        if line.starts_with("```") {
            is_inside = line == "```console";
        } else if let (true, Some(command)) = (is_inside, line.strip_prefix("$ vitrine rules ")) {
            shown.push(Shown { words: words(command), output: String::new() });
        } else if let (true, Some(last)) = (is_inside, shown.last_mut()) {
            last.output.push_str(line);
            last.output.push('\n');
        }
    }
    shown
}

/// The words of a command as a shell makes them, of what the documents use of it.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in command.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, ' ') => words.push(String::new()),
            (_, letter) => words.last_mut().expect("there is one").push(letter),
        }
    }
    words
}

#[test]
fn every_command_that_the_reference_shows_prints_what_it_shows() {
    let rules = rules_folder();
    let markdown = std::fs::read_to_string(rules.join("README.md")).expect("the reference");
    let shown = commands(&markdown);
    assert!(shown.len() >= 4, "the reference shows the command line");
    for Shown { words, output } in shown {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ran = rules_in(&rules, &words);
        assert_eq!(format!("{}{}", ran.stdout, ran.stderr), output, "vitrine rules {words:?}");
    }
}

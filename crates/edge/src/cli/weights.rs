//! Weights of arms as they are written on the command line: `control=50,treatment=50`.

use std::str::FromStr;

/// Each arm's weight, in the order in which they were written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights<W>(pub(super) Vec<(String, W)>);

/// What a weight may be.
pub(super) trait Weight: Sized {
    /// In words, behind "no".
    const WHAT: &'static str;

    /// The weight, if the text is one above 0.
    fn read(text: &str) -> Option<Self>;
}

// === impl Weight ===

impl Weight for f64 {
    const WHAT: &'static str = "number above 0";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number: &Self| number.is_finite() && *number > 0.0)
    }
}

impl Weight for u32 {
    const WHAT: &'static str = "whole number above 0";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number| *number > 0)
    }
}

// === impl Weights ===

impl<W: Weight> FromStr for Weights<W> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut weights: Vec<(String, W)> = Vec::new();
        for part in text.split(',') {
            // An arm's name may have an equals sign in it, a weight has none.
            let (arm, weight) =
                part.rsplit_once('=').ok_or_else(|| format!("write {part:?} as ARM=WEIGHT"))?;
            let arm = arm.trim();
            let number = W::read(weight.trim())
                .ok_or_else(|| format!("the weight {weight:?} is no {}", W::WHAT))?;
            if weights.iter().any(|(known, _)| known == arm) {
                return Err(format!("{arm:?} has two weights"));
            }
            weights.push((arm.to_owned(), number));
        }
        Ok(Self(weights))
    }
}

#[cfg(test)]
mod tests {
    use super::Weights;

    #[test]
    fn each_arm_has_one_weight_above_0() {
        let weights = "control=50, No E-Mail=12.5,a=b=1".parse::<Weights<f64>>().expect("valid");
        let expected = [("control", 50.0), ("No E-Mail", 12.5), ("a=b", 1.0)];
        let expected = expected.map(|(arm, weight)| (arm.to_owned(), weight));
        assert_eq!(weights.0, expected);
        for (text, problem) in [
            ("control", r#"write "control" as ARM=WEIGHT"#),
            ("", r#"write "" as ARM=WEIGHT"#),
            ("a=0", r#"the weight "0" is no number above 0"#),
            ("a=-1", r#"the weight "-1" is no number above 0"#),
            ("a=inf", r#"the weight "inf" is no number above 0"#),
            ("a=1,a=2", r#""a" has two weights"#),
        ] {
            assert_eq!(text.parse::<Weights<f64>>(), Err(problem.to_owned()));
        }
    }

    #[test]
    fn who_assigns_by_weights_needs_whole_ones() {
        let weights = "control=50,treatment=150".parse::<Weights<u32>>().expect("valid");
        assert_eq!(weights.0, [("control".to_owned(), 50), ("treatment".to_owned(), 150)]);
        for text in ["a=0", "a=-1", "a=12.5", "a=4294967296"] {
            let problem = format!(r#"the weight "{}" is no whole number above 0"#, &text[2..]);
            assert_eq!(text.parse::<Weights<u32>>(), Err(problem));
        }
    }
}

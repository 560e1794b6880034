//! Weights of arms as they are written on the command line: `control=50,treatment=50`.

use std::str::FromStr;

/// Each arm's weight, in the order in which they were written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights(pub(super) Vec<(String, f64)>);

// === impl Weights ===

impl FromStr for Weights {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut weights: Vec<(String, f64)> = Vec::new();
        for part in text.split(',') {
            // An arm's name may have an equals sign in it, a weight has none.
            let (arm, weight) =
                part.rsplit_once('=').ok_or_else(|| format!("write {part:?} as ARM=WEIGHT"))?;
            let arm = arm.trim();
            let number = weight.trim().parse::<f64>().ok();
            let number = number.filter(|number| number.is_finite() && *number > 0.0);
            let number =
                number.ok_or_else(|| format!("the weight {weight:?} is no number above 0"))?;
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
        let weights = "control=50, No E-Mail=12.5,a=b=1".parse::<Weights>().expect("valid");
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
            assert_eq!(text.parse::<Weights>(), Err(problem.to_owned()));
        }
    }
}

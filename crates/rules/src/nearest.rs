//! "Did you mean": the known word that is closest to a mistyped one.

/// The candidate nearest to `word`, if it is near enough to be meant: at most a third of the letters
/// differ, and never all of a short word.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // A distance costs the product of the lengths; nobody means a word this long.
    const WORD_CHARS_MAX: usize = 64;
    let length = word.chars().count();
    if length > WORD_CHARS_MAX {
        return None;
    }
    let measured = candidates.into_iter().map(|candidate| (distance(word, candidate), candidate));
    let (distance, candidate) = measured.min_by_key(|(distance, _)| *distance)?;
    let longer = length.max(candidate.chars().count());
    (distance <= (longer / 3).max(1) && distance < longer).then_some(candidate)
}

/// How many letters must be inserted, deleted, replaced or exchanged with their neighbour.
///
/// The optimal string alignment distance, case ignored. Source: Damerau, Communications of the ACM 7
/// (1964), 171, by the dynamic programme of Wagner and Fischer, Journal of the ACM 21 (1974), 168.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().map(|letter| letter.to_ascii_lowercase()).collect();
    let b: Vec<char> = b.chars().map(|letter| letter.to_ascii_lowercase()).collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn a_typing_mistake_costs_one() {
        for typed in ["weigt", "wieght", "weightt", "waight", "Weight"] {
            assert!(distance(typed, "weight") <= 1, "{typed}");
        }
        assert_eq!(distance("", "weight"), 6);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn only_a_word_that_may_be_meant_is_suggested() {
        let known = ["key", "weight", "offer"];
        assert_eq!(nearest("wieght", known), Some("weight"));
        assert_eq!(nearest("offers", known), Some("offer"));
        assert_eq!(nearest("discount", known), None);
        assert_eq!(nearest("xyz", known), None);
        assert_eq!(nearest(&"weight".repeat(100), known), None);
    }
}

//! Several variants against one control: p-values that account for how many were tried.
//!
//! Each further variant is a further chance to be fooled. Both corrections take p-values of any kind and
//! give adjusted ones in the same order, to be compared with the same 5 %. With p-values that hold at
//! every look, the adjusted ones do too.

/// Adjusts p-values so that the probability of even one false discovery stays below the level.
///
/// `max over j <= i of min(1, (m - j + 1) p_(j))`, in the order of the p-values. Source: Holm, Scandinavian Journal
/// of Statistics 6 (1979), 65; statsmodels, `multipletests(method="holm")`.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut adjusted = vec![1.0; p_values.len()];
    let mut left = count(p_values.len());
    let mut least = 0.0_f64;
    for place in ascending(p_values) {
        least = least.max((left * p_values[place]).min(1.0));
        adjusted[place] = least;
        left -= 1.0;
    }
    adjusted
}

/// Adjusts p-values so that the expected share of false discoveries among all stays below the level:
/// more is found than by [`holm`], and more of it is wrong.
///
/// `min over j >= i of min(1, m p_(j) / j)`, in the order of the p-values. Source: Benjamini and Hochberg, Journal
/// of the Royal Statistical Society B 57 (1995), 289; statsmodels, `multipletests(method="fdr_bh")`.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let all = count(p_values.len());
    let mut adjusted = vec![1.0; p_values.len()];
    let mut rank = all;
    let mut most = 1.0_f64;
    for place in ascending(p_values).into_iter().rev() {
        most = most.min(all * p_values[place] / rank);
        adjusted[place] = most;
        rank -= 1.0;
    }
    adjusted
}

/// The places of the p-values, the smallest first.
fn ascending(p_values: &[f64]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..p_values.len()).collect();
    places.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    places
}

fn count(length: usize) -> f64 {
    length as f64
}

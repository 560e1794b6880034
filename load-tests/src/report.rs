//! What a comparison found, for people and for programs.

use std::fmt::Write as _;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::load::Measured;

/// One round: both servers at their peak, and both at the same rate, half of Vitrine's peak.
pub(crate) struct Round {
    pub(crate) bare_peak: Measured,
    pub(crate) vitrine_peak: Measured,
    pub(crate) bare_steady: Measured,
    pub(crate) vitrine_steady: Measured,
}

/// All rounds together.
#[derive(Serialize)]
pub(crate) struct Comparison {
    rounds: usize,
    answer_bytes: usize,
    /// Vitrine's requests a second as a share of the bare server's.
    ratio: Spread,
    bare_per_s: Spread,
    vitrine_per_s: Spread,
    /// Closed loop, as many requests as the server takes.
    bare_peak_us: Latency,
    vitrine_peak_us: Latency,
    /// Open loop at half of Vitrine's peak, for both servers.
    bare_steady_us: Latency,
    vitrine_steady_us: Latency,
}

/// The smallest, middle and largest of one figure over the rounds.
#[derive(Serialize)]
struct Spread {
    min: f64,
    median: f64,
    max: f64,
}

/// Percentiles in microseconds.
#[derive(Serialize)]
struct Latency {
    p50: f64,
    p90: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

// === impl Comparison ===

impl Comparison {
    pub(crate) fn of(rounds: &[Round], answer_bytes: usize) -> Self {
        let spread = |figure: &dyn Fn(&Round) -> f64| Spread::of(rounds.iter().map(figure));
        let latency = |part: &dyn Fn(&Round) -> &Measured| Latency::of(rounds.iter().map(part));
        Self {
            rounds: rounds.len(),
            answer_bytes,
            ratio: spread(&|round| round.vitrine_peak.rate / round.bare_peak.rate),
            bare_per_s: spread(&|round| round.bare_peak.rate),
            vitrine_per_s: spread(&|round| round.vitrine_peak.rate),
            bare_peak_us: latency(&|round| &round.bare_peak),
            vitrine_peak_us: latency(&|round| &round.vitrine_peak),
            bare_steady_us: latency(&|round| &round.bare_steady),
            vitrine_steady_us: latency(&|round| &round.vitrine_steady),
        }
    }

    pub(crate) fn to_json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = format!(
            "decide path against a bare hyper server, {} rounds, answers of {} bytes\n\n\
             requests/s            min    median       max\n",
            self.rounds, self.answer_bytes
        );
        for (name, spread) in [("bare hyper", &self.bare_per_s), ("vitrine", &self.vitrine_per_s)] {
            let Spread { min, median, max } = spread;
            // A String takes all that is written.
            let _ = writeln!(text, "{name:<14} {min:>10.0}{median:>10.0}{max:>10.0}");
        }
        let Spread { min, median, max } = &self.ratio;
        let _ = writeln!(text, "{:<14} {min:>10.3}{median:>10.3}{max:>10.3}", "ratio");
        let _ =
            writeln!(text, "\nlatency, us             p50       p90       p99     p99.9       max");
        for (name, latency) in [
            ("bare, peak", &self.bare_peak_us),
            ("vitrine, peak", &self.vitrine_peak_us),
            ("bare, half", &self.bare_steady_us),
            ("vitrine, half", &self.vitrine_steady_us),
        ] {
            let Latency { p50, p90, p99, p999, max } = latency;
            let _ = writeln!(
                text,
                "{name:<17}{p50:>10.0}{p90:>10.0}{p99:>10.0}{p999:>10.0}{max:>10.0}"
            );
        }
        text.push_str("\npeak: closed loop. half: open loop at half of vitrine's peak, for both.");
        text
    }
}

// === impl Spread ===

impl Spread {
    fn of(figures: impl Iterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.collect();
        figures.sort_by(f64::total_cmp);
        let at = |place: usize| figures.get(place).copied().unwrap_or(f64::NAN);
        Self { min: at(0), median: at(figures.len() / 2), max: at(figures.len().saturating_sub(1)) }
    }
}

// === impl Latency ===

impl Latency {
    fn of<'a>(runs: impl Iterator<Item = &'a Measured>) -> Self {
        let mut all: Option<Histogram<u64>> = None;
        for run in runs {
            match &mut all {
                None => all = Some(run.latency.clone()),
                Some(sum) => *sum += &run.latency,
            }
        }
        let at = |quantile: f64| match &all {
            None => f64::NAN,
            Some(all) => nanos_as_micros(all.value_at_quantile(quantile)),
        };
        Self { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1.0) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a latency has far fewer than 2^53 nanoseconds")]
fn nanos_as_micros(nanos: u64) -> f64 {
    nanos as f64 / 1_000.0
}

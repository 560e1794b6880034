//! Small campaigns, as the files that a shop would write.

use std::fmt;

/// A campaign in the making; its text is the file. At first it is for everybody, fills the place of its own
/// name and has no arms, of which it needs two.
#[derive(Clone, Debug)]
pub struct Campaign {
    key: String,
    placement: String,
    /// Further lines at the top.
    top: String,
    when: String,
    arms: Vec<Arm>,
    /// Further lines of `[experiment]`.
    experiment: String,
    /// Further sections, as they are written.
    sections: String,
}

#[derive(Clone, Debug)]
struct Arm {
    key: String,
    weight: u32,
    /// The lines of its offer below `key`, which is the arm's; `None` shows nothing.
    offer: Option<String>,
}

// === impl Campaign ===

impl Campaign {
    /// A campaign of this name.
    pub fn new(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            placement: key.to_owned(),
            top: String::new(),
            when: "rule = 'true'".to_owned(),
            arms: Vec::new(),
            experiment: String::new(),
            sections: String::new(),
        }
    }

    /// The campaign's name.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Fills another place of the page.
    #[must_use]
    pub fn fills(mut self, placement: &str) -> Self {
        placement.clone_into(&mut self.placement);
        self
    }

    /// Has a line more at the top, as it is written, such as `priority = 5`.
    #[must_use]
    pub fn top(mut self, line: &str) -> Self {
        self.top.push_str(line);
        self.top.push('\n');
        self
    }

    /// Is for those of whom a condition in CEL holds.
    #[must_use]
    pub fn rule(mut self, rule: &str) -> Self {
        self.when = format!("rule = '''{rule}'''");
        self
    }

    /// Is for those of whom a plugin says so, by its path.
    #[must_use]
    pub fn plugin(mut self, path: &str) -> Self {
        self.when = format!("plugin = \"{path}\"");
        self
    }

    /// Has an arm more, which shows nothing. The first arm is the control.
    #[must_use]
    pub fn withholding(mut self, arm: &str, weight: u32) -> Self {
        self.arms.push(Arm { key: arm.to_owned(), weight, offer: None });
        self
    }

    /// Has an arm more, which makes an offer of its own name; `offer` are the lines that tell it.
    #[must_use]
    pub fn offering(mut self, arm: &str, weight: u32, offer: &str) -> Self {
        self.arms.push(Arm { key: arm.to_owned(), weight, offer: Some(offer.to_owned()) });
        self
    }

    /// Has an arm more, which shows a banner of this title.
    #[must_use]
    pub fn banner(self, arm: &str, weight: u32, title: &str) -> Self {
        self.offering(arm, weight, &format!("kind = \"banner\"\ntext.en.title = \"{title}\""))
    }

    /// Has a line more under `[experiment]`, as it is written, such as `holdout = 10`.
    #[must_use]
    pub fn experiment(mut self, line: &str) -> Self {
        self.experiment.push_str(line);
        self.experiment.push('\n');
        self
    }

    /// Has a section more, as it is written, such as `[goal]`.
    #[must_use]
    pub fn section(mut self, text: &str) -> Self {
        self.sections.push_str(text);
        self.sections.push('\n');
        self
    }
}

impl fmt::Display for Campaign {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, placement, top, when, arms, experiment, sections } = self;
        writeln!(
            out,
            "key = \"{key}\"\nplacement = \"{placement}\"\n{top}\n[when]\n{when}\n{sections}"
        )?;
        let control = arms.first().map(|arm| &*arm.key).unwrap_or_default();
        writeln!(out, "[experiment]\ncontrol = \"{control}\"\n{experiment}")?;
        for Arm { key, weight, offer } in arms {
            writeln!(out, "[[experiment.variants]]\nkey = \"{key}\"\nweight = {weight}")?;
            if offer.is_some() {
                writeln!(out, "offer = \"{key}\"")?;
            }
        }
        for arm in arms {
            if let Some(offer) = &arm.offer {
                writeln!(out, "[[offers]]\nkey = \"{}\"\n{offer}", arm.key)?;
            }
        }
        Ok(())
    }
}

//! How high the tree of an expression will be, told from its tokens.
//!
//! ```text
//!  level        one for each open bracket, and the whole
//!   parts       between `,`
//!    branches   of `?:`, each of which adds 1
//!     terms     between `&&` and `||`, which the parser makes a balanced tree of
//!      chain    of binary operators; the tree leans to the left, so each adds 1 to what came before
//!       operand with the signs before it, and the dots and brackets behind it
//! ```
//!
//! The height is never less than that of the tree, but for the few levels of the balanced trees.

/// The heights of what is open.
pub(super) struct Heights {
    levels: Vec<Level>,
    highest: usize,
}

#[derive(Default)]
struct Level {
    parts: usize,
    conditionals: usize,
    branches: usize,
    chain: usize,
    signs: usize,
    operand: usize,
}

// === impl Heights ===

impl Heights {
    pub(super) fn new() -> Self {
        Self { levels: vec![Level::default()], highest: 0 }
    }

    /// The greatest height up to here, what is still open included.
    pub(super) fn highest(&self) -> usize {
        self.highest.max(self.levels.len().saturating_sub(1))
    }

    /// A bracket opens.
    pub(super) fn open(&mut self) {
        self.levels.push(Level::default());
    }

    /// The innermost bracket closes; what is in it belongs to the operand around it.
    pub(super) fn close(&mut self) {
        let inner = self.levels.pop().unwrap_or_default().height();
        self.at_innermost(|level| level.operand = level.operand.max(inner) + 1);
    }

    /// A sign, which stands between two operands or else before one.
    pub(super) fn sign(&mut self, sign: &str, binary: bool) {
        self.at_innermost(|level| match sign {
            "," => level.end_part(),
            "?" => {
                level.end_branch();
                level.conditionals += 1;
            }
            ":" | "&&" | "||" => level.end_branch(),
            "." => level.operand += 1,
            _ if binary => level.end_operand(),
            _ => level.signs += 1,
        });
    }

    fn at_innermost(&mut self, change: impl FnOnce(&mut Level)) {
        if let Some(level) = self.levels.last_mut() {
            change(level);
            self.highest = self.highest.max(level.height());
        }
    }
}

// === impl Level ===

impl Level {
    fn end_operand(&mut self) {
        self.chain = self.chain.max(self.signs + self.operand) + 1;
        (self.signs, self.operand) = (0, 0);
    }

    fn end_branch(&mut self) {
        self.end_operand();
        self.branches = self.branches.max(self.chain);
        self.chain = 0;
    }

    fn end_part(&mut self) {
        self.parts = self.height();
        (self.conditionals, self.branches, self.chain) = (0, 0, 0);
        (self.signs, self.operand) = (0, 0);
    }

    fn height(&self) -> usize {
        let chain = self.chain.max(self.signs + self.operand);
        self.parts.max(self.conditionals + self.branches.max(chain))
    }
}

//! Which kind of call a path means.

/// What a path of the tracking API takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// One call of the type that the path names.
    Call(CallType),
    /// Many calls, each with its own type.
    Batch,
    /// The client's own metrics: answered 200, and ignored unread.
    Metrics,
}

/// The type of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallType {
    /// Who somebody is.
    Identify,
    /// What somebody did.
    Track,
    /// A page that somebody viewed.
    Page,
    /// A screen of an app that somebody viewed.
    Screen,
    /// Which group somebody belongs to.
    Group,
    /// Another name of the same person.
    Alias,
}

// === impl Endpoint ===

impl Endpoint {
    /// The endpoint of a path: the long form of servers' clients, or the short one of browsers'.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let name = path.strip_prefix("/v1/")?;
        match name {
            "i" => Some(Self::Call(CallType::Identify)),
            "t" => Some(Self::Call(CallType::Track)),
            "p" => Some(Self::Call(CallType::Page)),
            "s" => Some(Self::Call(CallType::Screen)),
            "g" => Some(Self::Call(CallType::Group)),
            "a" => Some(Self::Call(CallType::Alias)),
            // Older servers' clients call a batch an import.
            "b" | "batch" | "import" => Some(Self::Batch),
            "m" => Some(Self::Metrics),
            long => CallType::of_name(long).map(Self::Call),
        }
    }
}

// === impl CallType ===

impl CallType {
    /// Every type.
    pub(crate) const ALL: [Self; 6] =
        [Self::Identify, Self::Track, Self::Page, Self::Screen, Self::Group, Self::Alias];

    /// The type of a name as in `type` and in paths.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|call| call.as_str() == name)
    }

    /// The name in `type` and in paths.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Track => "track",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }
}

//! Where a server is: `http://host:port`.

use hyper::Uri;

use super::ClientError;

/// The address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    authority: Box<str>,
    host: Box<str>,
    port: u16,
}

// === impl Address ===

impl Address {
    /// Reads `http://host:port`; the port is 80 when it is not told.
    pub(super) fn parse(url: &str) -> Result<Self, ClientError> {
        let wrong = |problem| ClientError::Url { url: url.to_owned(), problem };
        let uri: Uri = url.parse().map_err(|_| wrong("write http://host:port"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err(wrong(
                    "https is not spoken here; write the http address of the server itself, or of a \
                     proxy near you that adds TLS",
                ));
            }
            _ => return Err(wrong("write http://host:port")),
        }
        let authority = uri.authority().ok_or_else(|| wrong("write http://host:port"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("write no user name: the key tells who calls"));
        }
        if uri.path() != "/" || uri.query().is_some() {
            return Err(wrong("write http://host:port without a path"));
        }
        // An IPv6 address is written in brackets, which are no part of it.
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        Ok(Self {
            authority: authority.as_str().into(),
            host: host.into(),
            port: authority.port_u16().unwrap_or(80),
        })
    }

    /// Host and port as written, for the `Host` header and for people.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// Host and port to connect to.
    pub(super) fn host_and_port(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn parse(url: &str) -> Result<(String, u16), String> {
        Address::parse(url)
            .map(|address| (address.host_and_port().0.to_owned(), address.port))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_server_is_named_by_scheme_host_and_port() {
        assert_eq!(parse("http://127.0.0.1:8080"), Ok(("127.0.0.1".to_owned(), 8080)));
        assert_eq!(parse("http://shop.example/"), Ok(("shop.example".to_owned(), 80)));
        assert_eq!(parse("http://[::1]:81"), Ok(("::1".to_owned(), 81)));
    }

    #[test]
    fn https_is_refused_with_the_way_out() {
        let refused = parse("https://shop.example").expect_err("no TLS");
        assert!(refused.contains("a proxy near you that adds TLS"), "{refused}");
    }

    #[test]
    fn what_is_no_address_of_a_server_is_refused() {
        for url in [
            "",
            "shop.example:8080",
            "http://",
            "ftp://a",
            "http://a/v1",
            "http://me@a",
            "http://a?b",
        ] {
            assert!(parse(url).is_err(), "{url:?}");
        }
    }
}

//! The part of a `Cluster` of CloudNativePG that uses an image.

use pg_abi::inspect::Preloading;

/// What the part depends on.
pub(super) struct Stanza<'a> {
    /// The name of the library.
    pub(super) library: &'a str,
    /// The tag of the image.
    pub(super) tag: &'a str,
    /// Whether it must be preloaded, if that is known.
    pub(super) preloading: Option<Preloading>,
    /// The roles that the workers connect as, as far as the package declares them.
    pub(super) roles: &'a [String],
}

impl Stanza<'_> {
    /// Writes it as YAML.
    pub(super) fn text(&self) -> String {
        let Self {
            library,
            tag,
            roles,
            ..
        } = self;
        let volume = library.replace('_', "-");
        let mut text = "spec:\n".to_owned();
        if !roles.is_empty() {
            text += "  managed:\n    roles:\n";
        }
        for role in *roles {
            text +=
                &format!("      - name: {role:?}\n        ensure: present\n        login: true\n");
        }
        text += "  postgresql:\n";
        let doubt = match self.preloading {
            Some(Preloading::Unneeded) => None,
            Some(Preloading::Needed) => Some(""),
            Some(Preloading::Optional) => Some("  # only if its workers start with the server"),
            None => Some("  # only if it registers workers while it is loaded"),
        };
        if let Some(doubt) = doubt {
            text += &format!("    shared_preload_libraries:\n      - {library}{doubt}\n");
        }
        text += &format!("    extensions:\n      - name: {volume}\n        image:\n");
        text + &format!("          reference: REGISTRY/{volume}:{tag}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_library_needs_is_in_it() {
        let text = |preloading, roles: &[String]| {
            let stanza = Stanza {
                library: "my_worker",
                tag: "1.0.0-pg18",
                preloading,
                roles,
            };
            stanza.text()
        };
        let end = "    extensions:\n      - name: my-worker\n        image:\n          \
                   reference: REGISTRY/my-worker:1.0.0-pg18";
        let functions = text(Some(Preloading::Unneeded), &[]);
        assert_eq!(functions, format!("spec:\n  postgresql:\n{end}"));
        let workers = text(Some(Preloading::Needed), &["w".to_owned()]);
        assert_eq!(
            workers,
            format!(
                "spec:\n  managed:\n    roles:\n      - name: \"w\"\n        ensure: present\n        \
                 login: true\n  postgresql:\n    shared_preload_libraries:\n      - my_worker\n{end}"
            )
        );
        assert!(text(None, &[]).contains("- my_worker  # only if it registers workers"));
    }
}

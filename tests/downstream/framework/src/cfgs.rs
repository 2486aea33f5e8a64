//! The cfgs, as text.

/// What the crate that calls it was compiled for: its newest `pg_since`, and some of its `pg_has`.
///
/// A name that the build script did not declare is a warning in the calling crate, so this proves that the check list
/// arrived together with the cfgs.
#[macro_export]
macro_rules! compiled_for {
    () => {{
        let majors = $crate::__cfgs!(pg_since: "9.3" "9.4" "9.5" "9.6" "10" "11" "12" "13" "14" "15" "16" "17" "18" "19");
        let names = $crate::__cfgs!(pg_has: "bgw_main" "bgw_type" "dynamic" "bypass_rolelogincheck" "interruptible");
        format!("PostgreSQL {} with {}", majors.last().unwrap_or(&"?"), names.join(", "))
    }};
}

/// The values of a cfg that are set.
#[doc(hidden)]
#[macro_export]
macro_rules! __cfgs {
    ($key:ident: $($value:literal)*) => {
        [$((cfg!($key = $value), $value)),*]
            .iter()
            .filter(|(set, _)| *set)
            .map(|(_, value)| *value)
            .collect::<Vec<&str>>()
    };
}

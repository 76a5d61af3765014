//! The names of the hidden fields of forms.

/// The visitor's secret, in every form.
pub(super) const CSRF: &str = "csrf";

/// The sealed origin of the form.
pub(super) const ORIGIN: &str = "origin";

/// The mark of a single-use form.
pub(super) const SINGLE_USE: &str = "form";

/// The button of a form that isn't submitted: the visitor chooses this language while it is filled in.
pub(super) use crate::ui::SWITCH_LANGUAGE;

//! A small graph of bars, drawn by the server. The page says the same in a text or a table.

use maud::{Markup, html};

/// One bar, and the part of it that stands out.
#[derive(Debug, Clone)]
pub struct Bar {
    /// What it is about, such as a day; shown to who points at it.
    pub label: String,
    /// Its value.
    pub value: i64,
    /// The part of the value that stands out.
    pub part: i64,
}

/// The height of the highest bar, in the graph's own units.
const HEIGHT: i64 = 60;

/// The width of a bar with the space beside it.
const STEP: i64 = 10;

/// The height of a value: something is at least one unit high.
fn height(value: i64, highest: i64) -> i64 {
    if value <= 0 { 0 } else { (value.min(highest) * HEIGHT / highest.max(1)).max(1) }
}

/// The bars side by side; `label` says what they show.
pub fn bar_chart(label: &str, bars: &[Bar]) -> Markup {
    let highest = bars.iter().map(|bar| bar.value).max().unwrap_or(0);
    let width = STEP * (0..).zip(bars).last().map_or(1, |(index, _)| index + 1);
    html! {
        svg.chart viewBox={ "0 0 " (width) " " (HEIGHT + 2) } preserveAspectRatio="none" role="img" aria-label=(label) {
            @for (index, bar) in (0_i64..).zip(bars) {
                @let (whole, part) = (height(bar.value, highest), height(bar.part.min(bar.value), highest));
                @if whole > 0 {
                    g {
                        title { (bar.label) }
                        rect.chart-bar x=(index * STEP + 1) y=(HEIGHT - whole) width=(STEP - 2) height=(whole) {}
                        @if part > 0 {
                            rect.chart-part x=(index * STEP + 1) y=(HEIGHT - part) width=(STEP - 2) height=(part) {}
                        }
                    }
                }
            }
            line.chart-base x1="0" y1=(HEIGHT + 1) x2=(width) y2=(HEIGHT + 1) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_nothing_is_nothing() {
        assert_eq!([0, 1, 500, 1000].map(|value| height(value, 1000)), [0, 1, 30, 60]);
        assert_eq!(height(0, 0), 0);
        let bar = |value, part| Bar { label: "x".to_owned(), value, part };
        let html = bar_chart("Requests", &[bar(10, 0), bar(0, 0), bar(5, 5)]).into_string();
        assert!(
            html.contains(r#"viewBox="0 0 30 62""#) && html.contains(r#"aria-label="Requests""#)
        );
        assert_eq!((html.matches("chart-bar").count(), html.matches("chart-part").count()), (2, 1));
        assert!(html.contains(r#"x="21" y="30" width="8" height="30""#), "{html}");
    }
}

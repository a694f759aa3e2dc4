//! A trend as a picture: SVG that screen readers can tell and that reads on light and dark ground alike.
//!
//! Colours stand in attributes, because the answer's content policy allows no styles, and are of middle lightness: on white
//! and on black each keeps a contrast of at least 3 to text and lines (WCAG 2.2, 1.4.3 for large text and 1.4.11).

use std::fmt::{self, Display, Formatter};

use super::trends::{ScaleTrend, Trends};

/// What the document says of a picture.
#[derive(utoipa::ToSchema)]
#[schema(max_length = 1000000)]
pub struct Picture(#[allow(dead_code, reason = "it is drawn, not built")] String);

const WIDTH: f64 = 720.0;
/// Of one scale: its title, its plot, its dates.
const PANEL: f64 = 200.0;
const PLOT: f64 = 130.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 24.0;
const HEAD: f64 = 44.0;
const INK: &str = "#808080";
const LINE: &str = "#3f83c8";
/// Shades of bands, from the lowest up.
const SHADES: [&str; 2] = ["#808080", "#3f83c8"];

/// Text as it stands between tags and in attributes.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            c => write!(f, "{c}"),
        })
    }
}

/// A key in words.
fn words(key: &str) -> String {
    key.replace('_', " ")
}

/// Draws every scale below the other, each on its own range with its bands shaded.
pub fn draw(trends: &Trends) -> String {
    let height = HEAD + PANEL * trends.scales.len().max(1) as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title description\" width=\"{WIDTH}\" \
         height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\" \
         fill=\"{INK}\"><title id=\"title\">{}</title><desc id=\"description\">{}</desc>",
        Escaped(&trends.title),
        Escaped(&describe(trends)),
    );
    svg.push_str(&format!(
        "<text x=\"12\" y=\"27\" font-size=\"17\" font-weight=\"600\">{}</text>",
        Escaped(&trends.title)
    ));
    if trends.scales.is_empty() {
        svg.push_str(&format!("<text x=\"12\" y=\"{}\">No scores yet.</text>", HEAD + 24.0));
    }
    let times = || trends.scales.iter().flat_map(|scale| &scale.points).map(|point| point.completed_at.timestamp());
    // All scales share one axis of time.
    let axis = Axis { first: times().min().unwrap_or_default(), last: times().max().unwrap_or_default() };
    for (index, scale) in trends.scales.iter().enumerate() {
        panel(&mut svg, scale, &axis, HEAD + PANEL * index as f64);
    }
    svg.push_str("</svg>\n");
    svg
}

/// The trend in sentences, for those who hear it.
fn describe(trends: &Trends) -> String {
    let told = trends.scales.iter().filter_map(|scale| {
        let (first, last) = (scale.points.first()?, scale.points.last()?);
        let band = last.band.as_deref().map(|band| format!(", {}", words(band))).unwrap_or_default();
        let day = |point: &super::trends::TrendPoint| point.completed_at.format("%Y-%m-%d").to_string();
        Some(match scale.points.len() {
            1 => format!("{}: {} on {}{band}.", scale.title, last.score, day(last)),
            count => {
                let (from, to) = (day(first), day(last));
                let change = last.since_first.as_ref().map(|change| {
                    let label = serde_json::to_value(change.label).unwrap_or_default();
                    format!(", {}", words(label.as_str().unwrap_or_default()))
                });
                let change = change.unwrap_or_default();
                let (title, before, now) = (&scale.title, first.score, last.score);
                format!("{title}: {count} scores, from {before} on {from} to {now} on {to}{band}{change}.")
            }
        })
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { "No scores yet.".to_owned() } else { told.join(" ") }
}

/// The time that a picture spans, in seconds since 1970.
struct Axis {
    first: i64,
    last: i64,
}

impl Axis {
    /// Where an instant stands.
    fn x(&self, at: i64) -> f64 {
        match self.last - self.first {
            0 => (LEFT + WIDTH - RIGHT) / 2.0,
            time => LEFT + 16.0 + (WIDTH - RIGHT - LEFT - 32.0) * (at - self.first) as f64 / time as f64,
        }
    }
}

fn panel(svg: &mut String, scale: &ScaleTrend, axis: &Axis, top: f64) {
    let (plot_top, right) = (top + 26.0, WIDTH - RIGHT);
    let span = (scale.maximum - scale.minimum).max(f64::EPSILON);
    let y = |score: f64| plot_top + PLOT * (1.0 - ((score - scale.minimum) / span).clamp(0.0, 1.0));
    svg.push_str(&format!("<text x=\"12\" y=\"{}\" font-size=\"15\">{}</text>", top + 16.0, Escaped(&scale.title)));
    let ends = scale.bands.iter().skip(1).map(|band| band.from).chain([scale.maximum]);
    for (index, (band, end)) in scale.bands.iter().zip(ends).enumerate() {
        let (upper, lower) = (y(end), y(band.from.max(scale.minimum)));
        let (shade, name) = (SHADES.get(index % SHADES.len()).unwrap_or(&INK), words(&band.band));
        svg.push_str(&format!(
            "<rect x=\"{LEFT}\" y=\"{upper:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{shade}\" fill-opacity=\"0.14\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            right - LEFT,
            lower - upper,
            LEFT - 8.0,
            (upper + lower) / 2.0 + 4.0,
            Escaped(&name)
        ));
    }
    svg.push_str(&format!(
        "<path d=\"M{LEFT} {plot_top}V{:.1}H{right}\" fill=\"none\" stroke=\"{INK}\"/>",
        plot_top + PLOT
    ));
    let first = scale.points.first().map_or(0, |point| point.completed_at.timestamp());
    let last = scale.points.last().map_or(0, |point| point.completed_at.timestamp());
    let places: Vec<_> =
        scale.points.iter().map(|point| (axis.x(point.completed_at.timestamp()), y(point.score))).collect();
    let line: Vec<_> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    svg.push_str(&format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{LINE}\" stroke-width=\"2\"/>",
        line.join(" ")
    ));
    for (point, (x, y)) in scale.points.iter().zip(&places) {
        let day = point.completed_at.format("%Y-%m-%d");
        svg.push_str(&format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{LINE}\"><title>{} on {day}</title></circle>",
            point.score
        ));
    }
    let dates = [scale.points.first(), scale.points.last().filter(|_| last > first)];
    for point in dates.into_iter().flatten() {
        svg.push_str(&format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"12\">{}</text>",
            axis.x(point.completed_at.timestamp()),
            plot_top + PLOT + 17.0,
            point.completed_at.format("%Y-%m-%d")
        ));
    }
}

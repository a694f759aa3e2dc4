//! A certificate as one printed page.
//!
//! Texts are shaped into glyphs and drawn, so that whatever a name holds is a picture of letters and nothing that a reader
//! would run. Characters that the font lacks become boxes.

use chrono::NaiveDate;
use krilla::{
    Document,
    color::rgb,
    geom::{PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, FillRule},
    surface::Surface,
    text::{Font, GlyphId, KrillaGlyph},
};
use rustybuzz::{Direction, Face, UnicodeBuffer};

use super::Certificate;
use crate::{
    hours::rules::in_words,
    problem::{Problem, Result},
};

/// Source Serif 4, under the licence that stands beside it. It sets Latin, Greek and Cyrillic.
const FONT: &[u8] = include_bytes!("../../../reference/fonts/SourceSerif4-Regular.ttf");

const MARGIN: f32 = 84.0;
const INK: [u8; 3] = [28, 34, 43];
const MUTED: [u8; 3] = [92, 100, 112];
const ACCENT: [u8; 3] = [38, 84, 124];

const COUNTED: &str = "Counted are the minutes that the holder was present at meetings that were held, as those who led the \
    meetings recorded them and as they stood when this was issued. Minutes for which the holder stepped out because they \
    might know the person spoken of are not counted.";
const NOT_MEANT: &str = "This states attendance at peer consultation, nothing more. It is no approval by a licensing board, \
    no credit for continuing education and no proof of clinical supervision. Whether a board accepts these hours is for that \
    board to say.";

/// What the document says of a printed page.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary, max_length = 1000000)]
pub struct PrintedPage(#[allow(dead_code, reason = "it is drawn, not built")] Vec<u8>);

/// Sheets that printers hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    A4,
    Letter,
}

impl Paper {
    /// What is usual in a country; A4 where none is known.
    pub fn of(country: Option<&str>) -> Self {
        match country {
            Some("US" | "CA") => Self::Letter,
            _ => Self::A4,
        }
    }

    /// Width and height in points.
    fn size(self) -> (f32, f32) {
        match self {
            Self::A4 => (595.28, 841.89),
            Self::Letter => (612.0, 792.0),
        }
    }
}

/// Draws a certificate; `address` is where its code is checked.
pub fn draw(certificate: &Certificate, paper: Paper, address: Option<&str>) -> Result<Vec<u8>> {
    let face = Face::from_slice(FONT, 0).ok_or_else(|| Problem::internal("the font of certificates cannot be read"))?;
    let font = Font::new(FONT.into(), 0).ok_or_else(|| Problem::internal("the font of certificates cannot be read"))?;
    let (width, height) = paper.size();
    let settings = PageSettings::from_wh(width, height).ok_or_else(|| Problem::internal("a sheet without size"))?;
    let mut document = Document::new();
    document.set_metadata(metadata(certificate));
    {
        // It is written down when the pen and the page are put away.
        let mut page = document.start_page_with(settings);
        let mut pen = Pen { surface: page.surface(), face, font, width, y: 0.0 };
        pen.frame(height);
        write(&mut pen, certificate, height, address);
    }
    document.finish().map_err(|error| Problem::internal(format!("a certificate cannot be drawn: {error:?}")))
}

fn metadata(certificate: &Certificate) -> Metadata {
    use chrono::{Datelike, Timelike};
    let issued = certificate.issued_at;
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    let issued = DateTime::new(u16::try_from(issued.year()).unwrap_or_default())
        .month(small(issued.month()))
        .day(small(issued.day()))
        .hour(small(issued.hour()))
        .minute(small(issued.minute()))
        .second(small(issued.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title("Certificate of consultation hours".into())
        .creator("Support Network".into())
        .language("en".into())
        .creation_date(issued)
}

fn write(pen: &mut Pen<'_>, certificate: &Certificate, height: f32, address: Option<&str>) {
    pen.y = 104.0;
    pen.centred("SUPPORT NETWORK", 10.0, MUTED);
    pen.y += 46.0;
    pen.centred("Certificate of consultation hours", 28.0, ACCENT);
    pen.y += 46.0;
    pen.centred("This certifies that", 12.0, MUTED);
    pen.y += 36.0;
    pen.fitted(&certificate.holder_name, 26.0);
    pen.y += 30.0;
    let meetings = match certificate.meetings {
        1 => "one meeting".to_owned(),
        many => format!("{many} meetings"),
    };
    pen.centred(&format!("took part in {meetings} of the consultation group"), 12.0, MUTED);
    pen.y += 30.0;
    pen.fitted(&certificate.consultation_group_name, 19.0);
    pen.y += 28.0;
    if let (Some(from), Some(to)) = (certificate.from, certificate.to) {
        pen.centred(&format!("from {} to {}", in_full(from), in_full(to)), 12.0, MUTED);
        pen.y += 40.0;
    }
    pen.centred(&in_words(certificate.minutes), 24.0, INK);
    if certificate.presenting_minutes > 0 {
        pen.y += 22.0;
        let presenting = in_words(certificate.presenting_minutes);
        pen.centred(&format!("of which {presenting} presenting"), 12.0, MUTED);
    }
    pen.y = (pen.y + 38.0).max(height - 278.0);
    pen.rule();
    pen.y += 24.0;
    pen.paragraph(COUNTED, 9.5);
    pen.y += 6.0;
    pen.paragraph(NOT_MEANT, 9.5);
    pen.y = (pen.y + 22.0).max(height - 122.0);
    pen.centred(&certificate.code, 15.0, INK);
    pen.y += 18.0;
    pen.centred(&format!("Issued on {}", in_full(certificate.issued_at.date_naive())), 9.5, MUTED);
    pen.y += 14.0;
    let check = match address {
        Some(address) => format!("Whether it is good: {address}"),
        None => "Whether it is good, the service that issued it tells anybody who has the code.".to_owned(),
    };
    pen.centred_within(&check, 9.5, 6.0, MUTED);
}

fn in_full(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// What draws, and where it stands.
struct Pen<'a> {
    surface: Surface<'a>,
    face: Face<'static>,
    font: Font,
    width: f32,
    /// The line on which letters stand.
    y: f32,
}

impl Pen<'_> {
    fn room(&self) -> f32 {
        self.width - 2.0 * MARGIN
    }

    /// Glyphs with advances for size 1, and how wide they are together.
    fn shape(&self, text: &str) -> (Vec<KrillaGlyph>, f32) {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let shaped = rustybuzz::shape(&self.face, &[], buffer);
        let units = self.font.units_per_em();
        // Design units are small whole numbers, which this type holds exactly.
        let scaled = |units_wide: i32| units_wide as f32 / units;
        let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        starts.sort_unstable();
        let ends_at = |start: usize| {
            let next = starts.partition_point(|other| *other <= start);
            starts.get(next).copied().unwrap_or(text.len())
        };
        let glyph = |(info, position): (&rustybuzz::GlyphInfo, &rustybuzz::GlyphPosition)| {
            let start = info.cluster as usize;
            KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                scaled(position.x_advance),
                scaled(position.x_offset),
                scaled(position.y_offset),
                scaled(position.y_advance),
                start..ends_at(start),
                None,
            )
        };
        let glyphs: Vec<_> = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(glyph).collect();
        let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
        (glyphs, width)
    }

    fn width_of(&self, text: &str, size: f32) -> f32 {
        self.shape(text).1 * size
    }

    fn ink(&mut self, colour: [u8; 3]) {
        let [red, green, blue] = colour;
        let paint = rgb::Color::new(red, green, blue).into();
        self.surface.set_fill(Some(Fill { paint, opacity: NormalizedF32::ONE, rule: FillRule::NonZero }));
    }

    fn at(&mut self, x: f32, text: &str, size: f32, colour: [u8; 3]) {
        let (glyphs, _) = self.shape(text);
        self.ink(colour);
        self.surface.draw_glyphs(Point::from_xy(x, self.y), &glyphs, self.font.clone(), text, size, false);
    }

    fn centred(&mut self, text: &str, size: f32, colour: [u8; 3]) {
        let x = (self.width - self.width_of(text, size)) / 2.0;
        self.at(x, text, size, colour);
    }

    /// One line, as much smaller as it takes.
    fn centred_within(&mut self, text: &str, size: f32, smallest: f32, colour: [u8; 3]) {
        let size = (size * self.room() / self.width_of(text, size).max(1.0)).clamp(smallest, size);
        self.centred(text, size, colour);
    }

    /// A name in at most two lines, as much smaller as it takes; a word that is wider than the page even then is broken.
    fn fitted(&mut self, text: &str, size: f32) {
        let words = self.words(text);
        let sizes = [1.0, 0.85, 0.72, 0.62].map(|part| size * part);
        let fits = |size: &f32| {
            let widest = words.iter().map(|(_, width)| width * size).fold(0.0, f32::max);
            widest <= self.room() && self.lines(&words, *size).len() <= 2
        };
        let size = sizes.iter().copied().find(|size| fits(size)).unwrap_or(size * 0.5);
        let parts: Vec<_> = words.into_iter().flat_map(|word| self.broken(word, size)).collect();
        for (at, line) in self.lines(&parts, size).iter().enumerate() {
            if at > 0 {
                self.y += size * 1.2;
            }
            self.centred(line, size, INK);
        }
    }

    fn paragraph(&mut self, text: &str, size: f32) {
        for line in self.lines(&self.words(text), size) {
            self.at(MARGIN, &line, size, MUTED);
            self.y += size * 1.4;
        }
    }

    /// The words of a text, each with its width at size 1.
    fn words(&self, text: &str) -> Vec<(String, f32)> {
        text.split_whitespace().map(|word| (word.to_owned(), self.shape(word).1)).collect()
    }

    /// Lines that are broken between words.
    fn lines(&self, words: &[(String, f32)], size: f32) -> Vec<String> {
        let blank = self.width_of(" ", size);
        let (mut lines, mut used): (Vec<String>, f32) = (Vec::new(), 0.0);
        for (word, width) in words {
            match lines.last_mut() {
                Some(line) if used + blank + width * size <= self.room() => {
                    line.push(' ');
                    line.push_str(word);
                    used += blank + width * size;
                }
                _ => {
                    lines.push(word.clone());
                    used = width * size;
                }
            }
        }
        lines
    }

    /// A word, cut where the page ends.
    fn broken(&self, (word, width): (String, f32), size: f32) -> Vec<(String, f32)> {
        if width * size <= self.room() {
            return vec![(word, width)];
        }
        let mut parts: Vec<(String, f32)> = Vec::new();
        for letter in word.chars() {
            let width = self.shape(letter.encode_utf8(&mut [0; 4])).1;
            match parts.last_mut() {
                Some((part, used)) if (*used + width) * size <= self.room() => {
                    part.push(letter);
                    *used += width;
                }
                _ => parts.push((letter.to_string(), width)),
            }
        }
        parts
    }

    fn bar(&mut self, x: f32, y: f32, width: f32, height: f32, colour: [u8; 3]) {
        let mut path = PathBuilder::new();
        if let Some(bar) = Rect::from_xywh(x, y, width, height) {
            path.push_rect(bar);
        }
        if let Some(path) = path.finish() {
            self.ink(colour);
            self.surface.draw_path(&path);
        }
    }

    fn rule(&mut self) {
        self.bar(MARGIN, self.y, self.room(), 0.6, MUTED);
    }

    /// Two lines around the page.
    fn frame(&mut self, height: f32) {
        for (inset, weight) in [(30.0, 1.4), (36.0, 0.5)] {
            let (across, down) = (self.width - 2.0 * inset, height - 2.0 * inset);
            self.bar(inset, inset, across, weight, ACCENT);
            self.bar(inset, height - inset - weight, across, weight, ACCENT);
            self.bar(inset, inset, weight, down, ACCENT);
            self.bar(self.width - inset - weight, inset, weight, down, ACCENT);
        }
    }
}

#[cfg(test)]
mod tests;

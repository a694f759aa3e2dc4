//! What makes the scales of a file sound.

use toml::Spanned;

use super::{
    file::{Checked, File, is_key},
    instrument::{Band, Item, Method, Scale},
    raw::{RawBand, RawScale},
};

impl File<'_> {
    pub(super) fn scales(&self, raw: Vec<Spanned<RawScale>>, items: &[Item]) -> Checked<Vec<Scale>> {
        let mut scales: Vec<Scale> = Vec::new();
        for scale in raw {
            let span = scale.span();
            let scale = self.scale(scale, items)?;
            if scales.iter().any(|other| other.key == scale.key) {
                return Err(self.fault(span, "this scale stands twice", "give each scale a key of its own"));
            }
            scales.push(scale);
        }
        match scales.len() {
            1..=40 => Ok(scales),
            _ => Err(self.fault(0..0, "there must be 1 to 40 scales", "write each as [[scales]]")),
        }
    }

    fn scale(&self, raw: Spanned<RawScale>, items: &[Item]) -> Checked<Scale> {
        let raw = raw.into_inner();
        let mend = "use lower case letters, digits and underscores, at most 64";
        self.must(is_key(raw.key.as_ref(), b'_', 64), &raw.key, "this is no key", mend)?;
        let mut members: Vec<&Item> = Vec::new();
        for name in raw.items.as_ref() {
            let item = items.iter().find(|item| item.name == *name.as_ref());
            let unknown = || self.fault(name.span(), "there is no such item", "name items of this file");
            let item = item.ok_or_else(unknown)?;
            let once = members.iter().all(|member| member.name != item.name);
            self.must(once, name, "this item stands twice", "name each item once")?;
            members.push(item);
        }
        let all = members.len();
        self.must(all > 0, &raw.items, "this scale has no items", "name some")?;
        self.must(
            raw.factor.is_finite() && raw.factor > 0.0,
            &raw.key,
            "the factor is not above 0",
            "write a positive one, or none",
        )?;
        let min_answered = match &raw.min_answered {
            Some(least) => {
                let fits = (1..=all).contains(least.as_ref()) && raw.method == Method::Mean;
                self.must(
                    fits,
                    least,
                    "so many answers cannot be asked for",
                    "only a mean can do with fewer than all",
                )?;
                *least.as_ref()
            }
            None => all,
        };
        self.gates(&raw, &members)?;
        let (minimum, maximum) = self.range(&raw, &members)?;
        let note = raw.note.map(|note| self.text(note, 500)).transpose()?;
        let said = !raw.provisional || note.is_some();
        self.must(said, &raw.key, "the scale is provisional without a word why", "add a `note`")?;
        let bands = self.bands(&raw.key, raw.bands, minimum, maximum)?;
        let sourced = bands.is_empty() || raw.band_source.is_some();
        self.must(sourced, &raw.key, "the bands come from nowhere", "add a `band_source`")?;
        Ok(Scale {
            key: raw.key.into_inner(),
            title: self.text(raw.title, 100)?,
            items: members.iter().map(|item| item.name.clone()).collect(),
            method: raw.method,
            factor: raw.factor,
            min_answered,
            minimum,
            maximum,
            higher_is_better: raw.higher_is_better,
            bands,
            band_source: raw.band_source.map(|source| self.text(source, 500)).transpose()?,
            provisional: raw.provisional,
            note,
        })
    }

    /// A sum over items that are not always asked would not compare; a product has two items, moot together.
    fn gates(&self, raw: &RawScale, members: &[&Item]) -> Checked<()> {
        let gated = members.iter().any(|item| item.asked_if.is_some());
        match (raw.method, members) {
            (Method::Sum, _) => {
                let mend = "use a mean, or items that are always asked";
                self.must(!gated, &raw.items, "a sum counts items that are not always asked", mend)
            }
            (Method::Product, [frequency, impact]) if frequency.asked_if == impact.asked_if => Ok(()),
            (Method::Product, _) => {
                let mend = "name how often and how much, asked on the same condition";
                Err(self.fault(raw.items.span(), "a product has two items", mend))
            }
            (Method::Mean, _) => Ok(()),
        }
    }

    /// From the lowest score that can be had to the highest.
    fn range(&self, raw: &RawScale, members: &[&Item]) -> Checked<(f64, f64)> {
        let ranges: Vec<(i64, i64)> = members.iter().map(|item| item.range()).collect();
        let (lows, highs) = (ranges.iter().map(|(low, _)| low), ranges.iter().map(|(_, high)| high));
        let (low, high) = match raw.method {
            Method::Sum => (lows.sum(), highs.sum()),
            Method::Product => (lows.product(), highs.product()),
            Method::Mean => {
                let alike = ranges.iter().all(|range| ranges.first() == Some(range));
                let mend = "take the mean of items with the same range";
                self.must(alike, &raw.items, "the items of this mean have different ranges", mend)?;
                ranges.first().copied().unwrap_or_default()
            }
        };
        Ok((low as f64 * raw.factor, high as f64 * raw.factor))
    }

    /// Bands begin at the lowest score, and each above the one before it.
    fn bands(
        &self,
        scale: &Spanned<String>,
        raw: Vec<Spanned<RawBand>>,
        minimum: f64,
        maximum: f64,
    ) -> Checked<Vec<Band>> {
        self.must(raw.len() <= 10, scale, "the scale has more than 10 bands", "join some")?;
        let mut bands: Vec<Band> = Vec::new();
        for band in raw {
            let span = band.span();
            let band = band.into_inner();
            let one = || self.fault(span.clone(), "the band has no one beginning", "give `from` or `above`");
            let band = match (band.from, band.above) {
                (Some(from), None) => Band { key: self.word(band.key)?, from, exclusive: false },
                (None, Some(from)) => Band { key: self.word(band.key)?, from, exclusive: true },
                _ => return Err(one()),
            };
            let follows = bands.last().is_none_or(|below| below.from < band.from);
            let mend = "let each band begin above the one before it, and below the highest score";
            if !follows || band.from > maximum || (band.exclusive && band.from >= maximum) {
                return Err(self.fault(span, "the band overlaps another, or nothing lies in it", mend));
            }
            if bands.is_empty() && (band.exclusive || band.from != minimum) {
                let mend = format!("let the first band begin `from = {minimum}`, the lowest score");
                return Err(self.fault(span, "scores below the first band lie in none, or there are none", mend));
            }
            if bands.iter().any(|other| other.key == band.key) {
                return Err(self.fault(span, "this band stands twice", "give each band a key of its own"));
            }
            bands.push(band);
        }
        Ok(bands)
    }
}

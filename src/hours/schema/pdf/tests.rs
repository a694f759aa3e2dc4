use uuid::Uuid;

use super::*;
use crate::hours::rules::CertificateStatus;

fn certificate(holder_name: &str, group_name: &str) -> Certificate {
    Certificate {
        id: Uuid::from_u128(1),
        code: "7K3QX-0M9TB-VD4HR-P2ZWE".into(),
        holder_name: holder_name.into(),
        consultation_group_id: Some(Uuid::from_u128(2)),
        consultation_group_name: group_name.into(),
        from: Some("2026-01-01".parse().unwrap()),
        to: Some("2026-11-30".parse().unwrap()),
        meetings: 9,
        minutes: 750,
        presenting_minutes: 75,
        issued_at: "2026-12-01T22:00:00Z".parse().unwrap(),
        revoked_at: None,
        status: CertificateStatus::Valid,
        version: 1,
    }
}

fn count(page: &[u8], word: &str) -> usize {
    page.windows(word.len()).filter(|window| *window == word.as_bytes()).count()
}

/// One page that is whole and runs nothing.
fn assert_sound(page: &[u8], case: &str) {
    assert!(page.starts_with(b"%PDF-"), "{case}");
    assert!(page.trim_ascii_end().ends_with(b"%%EOF"), "{case}");
    assert_eq!(count(page, "/Type /Page") + count(page, "/Type/Page"), 2, "{case}: one page and one list of pages");
    for active in ["/JavaScript", "/JS", "/OpenAction", "/Launch", "/URI", "/AA", "/EmbeddedFile"] {
        assert_eq!(count(page, active), 0, "{case}: {active}");
    }
    assert!(page.len() < 200_000, "{case}: {} bytes", page.len());
}

#[test]
fn a_certificate_is_one_page_whatever_the_names_are() {
    let address = Some("https://network.example/v1/certificates/7K3QX-0M9TB-VD4HR-P2ZWE");
    for (case, holder, group) in [
        ("plain", "Ana Reyes".to_owned(), "Harbor Circle".to_owned()),
        ("accents", "Zoë Łukasiewicz-Ñandú".into(), "Größe & Øresund — “Nähe”".into()),
        ("decomposed", "Ame\u{301}lie".into(), "E\u{0302}tre".into()),
        ("greek and cyrillic", "Ελένη Παπαδοπούλου".into(), "Тихая гавань".into()),
        ("unknown to the font", "王 小明 שלום 🙂".into(), "क्षि".into()),
        (
            "long",
            "Maria Theresia Hochwohlgeboren ".repeat(6).trim().to_owned(),
            "We sit together ".repeat(7).trim().into(),
        ),
        ("one long word", "W".repeat(200), "Ж".repeat(120)),
        ("operators", "(x) Tj ET endstream endobj <</JS (app.alert(1))>>".into(), "<script>alert(1)</script>".into()),
    ] {
        for paper in [Paper::A4, Paper::Letter] {
            let page = draw(&certificate(&holder, &group), paper, address).unwrap();
            assert_sound(&page, case);
            if let Ok(folder) = std::env::var("CERTIFICATES") {
                std::fs::write(format!("{folder}/{}-{paper:?}.pdf", case.replace(' ', "-")), &page).unwrap();
            }
        }
    }
    assert_sound(&draw(&certificate("Ana", "A"), Paper::A4, None).unwrap(), "no address");
}

#[test]
fn the_sheet_is_that_of_the_country() {
    for (country, paper, width) in [
        (None, Paper::A4, "595"),
        (Some("DE"), Paper::A4, "595"),
        (Some("US"), Paper::Letter, "612"),
        (Some("CA"), Paper::Letter, "612"),
    ] {
        assert_eq!(Paper::of(country), paper);
        let page = draw(&certificate("Ana", "A"), paper, None).unwrap();
        assert!(count(&page, &format!("[0 0 {width}")) > 0, "{country:?}");
    }
}

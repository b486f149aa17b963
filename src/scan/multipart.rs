//! The pictures in a `multipart/x-mixed-replace` answer, which is how cameras in a network send motion JPEG: one part a picture, without end.
//!
//! The parser asks for as little as cameras hold to: any boundary, with or without the dashes before it, with or without the parts' lengths, line ends
//! of either kind. Everything has a limit, as what answers need not be a camera.

/// Most bytes of one picture.
pub const PART_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most bytes of the lines before a picture.
pub const HEAD_BYTES_MAX: usize = 8 * 1024;
/// Longest boundary, in bytes. The standard has 70.
pub const BOUNDARY_BYTES_MAX: usize = 200;

/// Why an answer is no stream of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoStream {
    #[error("a picture is larger than {} MiB", PART_BYTES_MAX / (1024 * 1024))]
    PartTooLarge,
    #[error("the lines before a picture are longer than {HEAD_BYTES_MAX} bytes")]
    HeadTooLong,
    #[error("there is no boundary between the pictures")]
    NoBoundary,
}

/// The boundary that a `Content-Type` names, where it is that of a stream of pictures.
pub(super) fn boundary_of(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    })?;
    // Some cameras name the boundary with the dashes that stand before it, some without.
    let value = value.trim_start_matches('-');
    (1..=BOUNDARY_BYTES_MAX).contains(&value.len()).then_some(value)
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum Next {
    Boundary,
    Head,
    /// A picture, of so many bytes where its head told.
    Picture(Option<usize>),
}

/// Cuts the answer into its parts.
#[derive(Debug)]
pub(super) struct Parts {
    delimiter: Vec<u8>,
    /// What has come and is not used yet.
    came: Vec<u8>,
    /// How much of it is known to hold no delimiter.
    searched: usize,
    next: Next,
}

impl Parts {
    pub fn new(boundary: &str) -> Self {
        Self { delimiter: format!("--{boundary}").into_bytes(), came: Vec::new(), searched: 0, next: Next::Boundary }
    }

    /// Takes bytes as they came. Gives the newest picture that is whole now: where several are, the older ones are late already.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, NoStream> {
        self.came.extend_from_slice(bytes);
        let mut newest = None;
        loop {
            match self.next {
                Next::Boundary => {
                    let Some(at) = self.find_delimiter(PART_BYTES_MAX).ok_or(NoStream::NoBoundary)? else { break };
                    self.drop_first(at + self.delimiter.len());
                    self.next = Next::Head;
                }
                Next::Head => {
                    let Some((length, end)) = head_end(&self.came) else {
                        if self.came.len() > HEAD_BYTES_MAX {
                            return Err(NoStream::HeadTooLong);
                        }
                        break;
                    };
                    if end > HEAD_BYTES_MAX {
                        return Err(NoStream::HeadTooLong);
                    }
                    if length.is_some_and(|length| length > PART_BYTES_MAX) {
                        return Err(NoStream::PartTooLarge);
                    }
                    self.drop_first(end);
                    self.next = Next::Picture(length);
                }
                Next::Picture(Some(length)) => {
                    if self.came.len() < length {
                        break;
                    }
                    newest = picture(&self.came[..length]).or(newest);
                    self.drop_first(length);
                    self.next = Next::Boundary;
                }
                Next::Picture(None) => {
                    let Some(at) = self.find_delimiter(PART_BYTES_MAX).ok_or(NoStream::PartTooLarge)? else { break };
                    let part = &self.came[..at];
                    let part = part.strip_suffix(b"\n").unwrap_or(part);
                    newest = picture(part.strip_suffix(b"\r").unwrap_or(part)).or(newest);
                    self.next = Next::Boundary; // which is found again at once
                    self.searched = at;
                }
            }
        }
        Ok(newest)
    }

    /// Where the delimiter begins, or that more must come; `None` where it should have come within `most` bytes.
    fn find_delimiter(&mut self, most: usize) -> Option<Option<usize>> {
        let found =
            self.came[self.searched..].windows(self.delimiter.len()).position(|window| window == self.delimiter);
        if let Some(at) = found {
            return Some(Some(self.searched + at));
        }
        self.searched = self.came.len().saturating_sub(self.delimiter.len() - 1).max(self.searched);
        (self.came.len() <= most).then_some(None)
    }

    fn drop_first(&mut self, bytes: usize) {
        self.came.drain(..bytes);
        self.searched = 0;
    }
}

/// The picture that a part holds; an empty one is none, and takes no other's place.
fn picture(part: &[u8]) -> Option<Vec<u8>> {
    (!part.is_empty()).then(|| part.to_vec())
}

/// The length that a part's head tells, if it does, and where the head ends, behind its empty line.
fn head_end(came: &[u8]) -> Option<(Option<usize>, usize)> {
    let (mut at, mut length) = (0, None);
    loop {
        let line = came[at..].iter().position(|byte| *byte == b'\n')?;
        let (start, first) = (at, at == 0);
        at += line + 1;
        let text = String::from_utf8_lossy(&came[start..start + line]);
        // The first line is what follows the boundary: nothing, or what some cameras leave there.
        if text.trim().is_empty() && !first {
            return Some((length, at));
        }
        if let Some((name, value)) = text.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A stream as cameras send it, in one of their ways.
    fn stream(pictures: &[Vec<u8>], with_length: bool, line_end: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for picture in pictures {
            bytes.extend(format!("--frame{line_end}Content-Type: image/jpeg{line_end}").bytes());
            if with_length {
                bytes.extend(format!("Content-length:  {}{line_end}", picture.len()).bytes());
            }
            bytes.extend(line_end.bytes());
            bytes.extend(picture);
            bytes.extend(line_end.bytes());
        }
        bytes.extend(b"--frame");
        bytes
    }

    #[test]
    fn the_boundary_is_found_however_a_camera_names_it() {
        for (content_type, boundary) in [
            ("multipart/x-mixed-replace; boundary=frame", Some("frame")),
            ("multipart/x-mixed-replace;boundary=--frame", Some("frame")),
            ("Multipart/X-Mixed-Replace; charset=utf-8; Boundary=\"--a b\"", Some("a b")),
            ("multipart/x-mixed-replace", None),
            ("multipart/x-mixed-replace; boundary=--", None),
            ("image/jpeg", None),
            ("text/html; boundary=frame", None),
        ] {
            assert_eq!(boundary_of(content_type), boundary, "{content_type}");
        }
        assert_eq!(boundary_of(&format!("multipart/x; boundary={}", "a".repeat(BOUNDARY_BYTES_MAX + 1))), None);
    }

    #[test]
    fn an_empty_part_takes_no_pictures_place() {
        for (with_length, line_end) in [(true, "\r\n"), (false, "\n")] {
            let all = stream(&[b"one".to_vec(), Vec::new()], with_length, line_end);
            assert_eq!(Parts::new("frame").take(&all), Ok(Some(b"one".to_vec())));
        }
    }

    #[test]
    fn of_several_pictures_that_came_at_once_the_newest_is_given() {
        let all = stream(&[b"one".to_vec(), b"two".to_vec(), b"three".to_vec()], true, "\r\n");
        assert_eq!(Parts::new("frame").take(&all), Ok(Some(b"three".to_vec())));
    }

    #[test]
    fn without_lengths_a_picture_may_hold_anything_but_the_boundary() {
        let picture = b"\xFF\xD8 --fram \r\n\r\n -- \xFF\xD9".to_vec();
        let all = stream(std::slice::from_ref(&picture), false, "\r\n");
        assert_eq!(Parts::new("frame").take(&all), Ok(Some(picture)));
    }

    #[test]
    fn what_is_no_stream_is_told_before_it_fills_the_memory() {
        let mut parts = Parts::new("frame");
        let chunk = vec![b'x'; 1024 * 1024];
        let why = (0..20).find_map(|_| parts.take(&chunk).err());
        assert_eq!(why, Some(NoStream::NoBoundary));
        let mut parts = Parts::new("frame");
        assert_eq!(parts.take(b"--frame\r\nA: b\r\n"), Ok(None));
        assert_eq!(parts.take(&vec![b'x'; HEAD_BYTES_MAX + 1]), Err(NoStream::HeadTooLong));
        let huge = format!("--frame\r\nContent-Length: {}\r\n\r\n", PART_BYTES_MAX + 1);
        assert_eq!(Parts::new("frame").take(huge.as_bytes()), Err(NoStream::PartTooLarge));
        let mut parts = Parts::new("frame");
        assert_eq!(parts.take(b"--frame\r\n\r\n"), Ok(None));
        let why = (0..20).find_map(|_| parts.take(&chunk).err());
        assert_eq!(why, Some(NoStream::PartTooLarge));
    }

    proptest! {
        #[test]
        fn however_the_answer_is_cut_every_picture_comes_out_whole(
            pictures in prop::collection::vec(prop::collection::vec(any::<u8>().prop_filter("", |b| *b != b'-'), 1..60), 1..6),
            with_length in any::<bool>(),
            crlf in any::<bool>(),
            cut in 1..9usize,
        ) {
            // A line end of the picture's own, right before the boundary, cannot be told from the boundary's.
            let ends = |picture: &Vec<u8>| picture.ends_with(b"\r") || picture.ends_with(b"\n");
            prop_assume!(with_length || !pictures.iter().any(ends));
            let all = stream(&pictures, with_length, if crlf { "\r\n" } else { "\n" });
            let (mut parts, mut got) = (Parts::new("frame"), Vec::new());
            for bytes in all.chunks(cut) {
                got.extend(parts.take(bytes).expect("a stream"));
            }
            prop_assert_eq!(got, pictures);
        }

        #[test]
        fn no_bytes_panic(chunks in prop::collection::vec(prop::collection::vec(
            prop_oneof![Just(b'-'), Just(b'f'), Just(b'\n'), Just(b'\r'), Just(b':'), any::<u8>()], 0..50), 0..20)
        ) {
            let mut parts = Parts::new("f");
            for chunk in chunks {
                if parts.take(&chunk).is_err() { break }
            }
        }
    }
}

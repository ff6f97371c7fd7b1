//! The plot: the CPU time of each query on each server, on a logarithmic axis.

use std::fmt::Write;

use super::adapter::Peer;

const LEFT: f64 = 80.0;
const TOP: f64 = 56.0;
const WIDTH: f64 = 640.0;
const BAR: f64 = 9.0;
const GAP: f64 = 12.0;
/// Milliseconds at both ends of the axis.
const LEAST: f64 = 0.05;
const MOST: f64 = 200.0;
const TICKS: [&str; 4] = ["0.1", "1", "10", "100"];

fn color(peer: Peer) -> &'static str {
    match peer {
        Peer::Fieldgate => "#2a6f97",
        Peer::PostGraphile => "#e09f3e",
        Peer::Yoga => "#9b72aa",
        Peer::Seaography => "#6a994e",
        Peer::LimitRows => "#b0b0b0",
    }
}

/// Where a time is on the axis.
fn x(milliseconds: f64) -> f64 {
    LEFT + WIDTH * (milliseconds.clamp(LEAST, MOST) / LEAST).ln() / (MOST / LEAST).ln()
}

/// An SVG of `queries`: for each its name, and the milliseconds of each server.
pub fn plot(queries: &[(&'static str, Vec<Option<f64>>)], peers: &[Peer]) -> String {
    let [group, height] = sizes(queries.len(), peers.len());
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0}\" height=\"{height:.0}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{LEFT}\" y=\"18\" font-size=\"13\">CPU \
         time per request, server and database: milliseconds, logarithmic; less is better</text>\n",
        LEFT + WIDTH + 60.0
    );
    for (peer, number) in peers.iter().zip(0_u8..) {
        let left = LEFT + 125.0 * f64::from(number);
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"28\" width=\"10\" height=\"10\" fill=\"{}\"/><text x=\"{:.0}\" y=\"37\">{}</text>",
            color(*peer),
            left + 14.0,
            peer.name()
        );
    }
    for tick in TICKS {
        let at = x(tick.parse().unwrap_or(LEAST));
        let _ = writeln!(
            svg,
            "<path d=\"M{at:.1} {TOP}V{:.0}\" stroke=\"#ddd\"/><text x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{tick}</text>",
            height - 20.0,
            height - 6.0
        );
    }
    for ((name, times), number) in queries.iter().zip(0_u8..) {
        let top = TOP + group * f64::from(number);
        let middle = top + (group - GAP) / 2.0 + 4.0;
        let _ = writeln!(svg, "<text x=\"{:.0}\" y=\"{middle:.1}\" text-anchor=\"end\">{name}</text>", LEFT - 8.0);
        for ((peer, time), number) in peers.iter().zip(times).zip(0_u8..) {
            let Some(time) = time else { continue };
            let (top, right) = (top + BAR * f64::from(number), x(*time));
            let _ = writeln!(
                svg,
                "<rect x=\"{LEFT}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{}\" fill=\"{}\"/><text x=\"{:.1}\" y=\"{:.1}\" \
                 font-size=\"9\">{time:.2}</text>",
                right - LEFT,
                BAR - 1.0,
                color(*peer),
                right + 3.0,
                top + BAR - 1.5
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// The height of the bars of a query, and of all.
#[expect(clippy::cast_precision_loss, reason = "there are few servers and queries")]
fn sizes(queries: usize, peers: usize) -> [f64; 2] {
    let group = BAR * peers as f64 + GAP;
    [group, TOP + group * queries as f64 + 24.0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_a_time_has_no_bar() {
        let peers = [Peer::Fieldgate, Peer::Yoga];
        let svg = plot(&[("one", vec![Some(0.5), None]), ("changes", vec![Some(5.0), Some(50.0)])], &peers);
        let bars = |peer: Peer| svg.matches(color(peer)).count() - 1;
        assert_eq!((bars(Peer::Fieldgate), bars(Peer::Yoga)), (2, 1));
        assert!((x(LEAST) - LEFT).abs() < 0.01 && (x(MOST) - LEFT - WIDTH).abs() < 0.01);
    }
}

//! A stream of 2,000 frames is cut anywhere; `make splits` cuts it everywhere.

use cinatra_tests::served::Served;
use cinatra_tests::splits::{Whole, recite, reciter};

/// Every so many frames.
const STEP: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_two_thousand_frames_that_is_cut_comes_to_the_whole_in_both_dialects() {
    let served = Served::with(&[reciter().unwrap()]).await.unwrap();
    let ada = served.first().await.unwrap();
    let run = recite(&ada.client).await.unwrap();
    for query in ["", "?dialect=ag-ui"] {
        let whole = Whole::see(&ada.client, &run, query).await.unwrap();
        let cuts = whole.cut_every(&ada.client, &run, STEP).await.unwrap();
        assert!(cuts > 2_000 / STEP, "{cuts}");
    }
}

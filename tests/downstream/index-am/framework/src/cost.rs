//! What a scan costs: the server's general estimate.

use crate::ffi;
use ffi::guard::{ServerError, catch};
use ffi::{Cost, GenericCosts, IndexPath, PlannerInfo, Selectivity};

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn estimate(
        root: *mut PlannerInfo,
        path: *mut IndexPath,
        loops: f64,
        startup: *mut Cost,
        total: *mut Cost,
        selectivity: *mut Selectivity,
        correlation: *mut f64,
        pages: *mut f64,
    ) -> Result<(), ServerError> {
        // SAFETY: the server calls with valid pointers. All zeros is the value to begin with; the
        // closure owns nothing.
        unsafe {
            let mut costs: GenericCosts = std::mem::zeroed();
            let costs = &raw mut costs;
            catch(|| ffi::genericcostestimate(root, path, loops, costs))?;
            *startup = (*costs).indexStartupCost;
            *total = (*costs).indexTotalCost;
            *selectivity = (*costs).indexSelectivity;
            *correlation = (*costs).indexCorrelation;
            *pages = (*costs).numIndexPages;
            Ok(())
        }
    }
}

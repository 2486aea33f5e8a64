//! The validator, which checks the options of each object.

use crate::options::missing;
use crate::{Error, Object, OptionDef, Options, Result, Wrapper, ffi};
use ffi::errcodes::{
    ERRCODE_FDW_INVALID_OPTION_NAME, ERRCODE_INSUFFICIENT_PRIVILEGE,
    ERRCODE_INVALID_PARAMETER_VALUE,
};
use ffi::guard::catch;
use ffi::inline::{DatumGetObjectId, argument};
use ffi::{Datum, FunctionCallInfo, Oid};

/// # Safety
/// The server calls.
pub unsafe fn validator<W: Wrapper>(fcinfo: FunctionCallInfo) -> Result<Datum> {
    // SAFETY: the caller's promise. The function is declared with these two arguments.
    unsafe {
        let [Some(options), Some(catalog)] = [argument(fcinfo, 0), argument(fcinfo, 1)] else {
            return Err(Error::new(
                ERRCODE_INVALID_PARAMETER_VALUE,
                "a validator has no arguments that are NULL",
            ));
        };
        let list = catch(|| ffi::untransformRelOptions(options))?;
        let options = Options::read(list)?;
        let object = object(DatumGetObjectId(catalog))?;
        let is_superuser = i64::from(catch(|| ffi::superuser())?) != 0;
        validate(W::OPTIONS, object, &options, is_superuser)?;
        Ok(0 as Datum)
    }
}

fn object(catalog: Oid) -> Result<Object> {
    // The macros are numbers without a type.
    [
        (ffi::ForeignDataWrapperRelationId as Oid, Object::Wrapper),
        (ffi::ForeignServerRelationId as Oid, Object::Server),
        (ffi::UserMappingRelationId as Oid, Object::UserMapping),
        (ffi::ForeignTableRelationId as Oid, Object::Table),
        (ffi::AttributeRelationId as Oid, Object::Column),
    ]
    .into_iter()
    .find_map(|(other, object)| (other == catalog).then_some(object))
    .ok_or_else(|| {
        Error::new(
            ERRCODE_INVALID_PARAMETER_VALUE,
            format_args!("objects of catalog {catalog} have no options"),
        )
    })
}

fn validate(
    known: &[OptionDef],
    object: Object,
    options: &Options,
    is_superuser: bool,
) -> Result<()> {
    let known: Vec<&OptionDef> = known.iter().filter(|known| known.of == object).collect();
    for (name, value) in options.iter() {
        let Some(option) = known.iter().find(|known| known.name == name) else {
            let names: Vec<&str> = known.iter().map(|known| known.name).collect();
            return Err(Error::new(
                ERRCODE_FDW_INVALID_OPTION_NAME,
                format_args!("invalid option \"{name}\""),
            )
            .with_hint(match names.as_slice() {
                [] => "There are no valid options in this context.".to_string(),
                names => format!("Valid options in this context are: {}.", names.join(", ")),
            }));
        };
        if option.is_privileged && !is_superuser {
            return Err(Error::new(
                ERRCODE_INSUFFICIENT_PRIVILEGE,
                format_args!("only superusers set the option \"{name}\""),
            ));
        }
        (option.check)(value)
            .map_err(|error| error.in_context(format_args!("option \"{name}\"")))?;
    }
    let absent = known
        .iter()
        .find(|known| known.is_required && options.get(known.name).is_none());
    absent.map_or(Ok(()), |absent| Err(missing(absent.name)))
}

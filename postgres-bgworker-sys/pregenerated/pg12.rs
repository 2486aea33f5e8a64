pub type Oid = ::core::ffi::c_uint;
pub type pid_t = ::core::ffi::c_int;
pub type int16 = ::core::ffi::c_short;
pub type int32 = ::core::ffi::c_int;
pub type uint8 = ::core::ffi::c_uchar;
pub type uint16 = ::core::ffi::c_ushort;
pub type uint32 = ::core::ffi::c_uint;
pub type bits8 = uint8;
pub type int64 = ::core::ffi::c_long;
pub type uint64 = ::core::ffi::c_ulong;
pub type Size = usize;
pub type regproc = Oid;
pub type RegProcedure = regproc;
pub type TransactionId = uint32;
pub type SubTransactionId = uint32;
pub type CommandId = uint32;
pub type text = varlena;
pub type NameData = nameData;
pub type Name = *mut NameData;
pub type pgsocket = ::core::ffi::c_int;
pub type pqsigfunc = ::core::option::Option<unsafe extern "C-unwind" fn(signo: ::core::ffi::c_int)>;
pub type emit_log_hook_type =
    ::core::option::Option<unsafe extern "C-unwind" fn(edata: *mut ErrorData)>;
pub type MemoryContext = *mut MemoryContextData;
pub type MemoryContextCallbackFunction =
    ::core::option::Option<unsafe extern "C-unwind" fn(arg: *mut ::core::ffi::c_void)>;
pub type Datum = usize;
pub type fmNodePtr = *mut Node;
pub type FunctionCallInfo = *mut FunctionCallInfoBaseData;
pub type PGFunction =
    ::core::option::Option<unsafe extern "C-unwind" fn(fcinfo: FunctionCallInfo) -> Datum>;
pub type sig_atomic_t = ::core::ffi::c_int;
pub type Timestamp = int64;
pub type TimestampTz = int64;
pub type TimeOffset = int64;
pub type pg_time_t = int64;
pub type bgworker_main_type = ::core::option::Option<unsafe extern "C-unwind" fn(main_arg: Datum)>;
pub type pg_on_exit_callback =
    ::core::option::Option<unsafe extern "C-unwind" fn(code: ::core::ffi::c_int, arg: Datum)>;
pub type shmem_startup_hook_type = ::core::option::Option<unsafe extern "C-unwind" fn()>;
pub type XLogRecPtr = uint64;
pub type BackendId = ::core::ffi::c_int;
pub type StringInfo = *mut StringInfoData;
pub type LOCKMODE = ::core::ffi::c_int;
pub type slock_t = ::core::ffi::c_uchar;
pub type HashValueFunc = ::core::option::Option<
    unsafe extern "C-unwind" fn(key: *const ::core::ffi::c_void, keysize: Size) -> uint32,
>;
pub type HashCompareFunc = ::core::option::Option<
    unsafe extern "C-unwind" fn(
        key1: *const ::core::ffi::c_void,
        key2: *const ::core::ffi::c_void,
        keysize: Size,
    ) -> ::core::ffi::c_int,
>;
pub type HashCopyFunc = ::core::option::Option<
    unsafe extern "C-unwind" fn(
        dest: *mut ::core::ffi::c_void,
        src: *const ::core::ffi::c_void,
        keysize: Size,
    ) -> *mut ::core::ffi::c_void,
>;
pub type HashAllocFunc =
    ::core::option::Option<unsafe extern "C-unwind" fn(request: Size) -> *mut ::core::ffi::c_void>;
pub type ParamListInfo = *mut ParamListInfoData;
pub type ParamFetchHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(
        params: ParamListInfo,
        paramid: ::core::ffi::c_int,
        speculative: bool,
        workspace: *mut ParamExternData,
    ) -> *mut ParamExternData,
>;
pub type ParamCompileHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(
        params: ParamListInfo,
        param: *mut Param,
        state: *mut ExprState,
        resv: *mut Datum,
        resnull: *mut bool,
    ),
>;
pub type ParserSetupHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(pstate: *mut ParseState, arg: *mut ::core::ffi::c_void),
>;
pub type AttrNumber = int16;
pub type StrategyNumber = uint16;
pub type OffsetNumber = uint16;
pub type HeapTupleHeader = *mut HeapTupleHeaderData;
pub type MinimalTuple = *mut MinimalTupleData;
pub type HeapTuple = *mut HeapTupleData;
pub type Form_pg_attribute = *mut FormData_pg_attribute;
pub type TupleDesc = *mut TupleDescData;
pub type DestReceiver = _DestReceiver;
pub type GucBoolCheckHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(
        newval: *mut bool,
        extra: *mut *mut ::core::ffi::c_void,
        source: GucSource,
    ) -> bool,
>;
pub type GucIntCheckHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(
        newval: *mut ::core::ffi::c_int,
        extra: *mut *mut ::core::ffi::c_void,
        source: GucSource,
    ) -> bool,
>;
pub type GucRealCheckHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(
        newval: *mut f64,
        extra: *mut *mut ::core::ffi::c_void,
        source: GucSource,
    ) -> bool,
>;
pub type GucStringCheckHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(
        newval: *mut *mut ::core::ffi::c_char,
        extra: *mut *mut ::core::ffi::c_void,
        source: GucSource,
    ) -> bool,
>;
pub type GucEnumCheckHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(
        newval: *mut ::core::ffi::c_int,
        extra: *mut *mut ::core::ffi::c_void,
        source: GucSource,
    ) -> bool,
>;
pub type GucBoolAssignHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(newval: bool, extra: *mut ::core::ffi::c_void),
>;
pub type GucIntAssignHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(newval: ::core::ffi::c_int, extra: *mut ::core::ffi::c_void),
>;
pub type GucRealAssignHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(newval: f64, extra: *mut ::core::ffi::c_void),
>;
pub type GucStringAssignHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(
        newval: *const ::core::ffi::c_char,
        extra: *mut ::core::ffi::c_void,
    ),
>;
pub type GucEnumAssignHook = ::core::option::Option<
    unsafe extern "C-unwind" fn(newval: ::core::ffi::c_int, extra: *mut ::core::ffi::c_void),
>;
pub type GucShowHook =
    ::core::option::Option<unsafe extern "C-unwind" fn() -> *const ::core::ffi::c_char>;
pub type EphemeralNamedRelation = *mut EphemeralNamedRelationData;
pub type timeout_handler_proc = ::core::option::Option<unsafe extern "C-unwind" fn()>;
pub type ScanKey = *mut ScanKeyData;
pub type dsm_handle = uint32;
pub type on_dsm_detach_callback =
    ::core::option::Option<unsafe extern "C-unwind" fn(arg1: *mut dsm_segment, arg: Datum)>;
pub type dsa_pointer = uint64;
pub type dsa_handle = dsm_handle;
pub type Relation = *mut RelationData;
pub type Snapshot = *mut SnapshotData;
pub type SysScanDesc = *mut SysScanDescData;
pub type TableScanDesc = *mut TableScanDescData;
pub type XactCallback = ::core::option::Option<
    unsafe extern "C-unwind" fn(event: XactEvent, arg: *mut ::core::ffi::c_void),
>;
pub type SubXactCallback = ::core::option::Option<
    unsafe extern "C-unwind" fn(
        event: SubXactEvent,
        mySubid: SubTransactionId,
        parentSubid: SubTransactionId,
        arg: *mut ::core::ffi::c_void,
    ),
>;
pub type instr_time = timespec;
pub type ResourceOwner = *mut ResourceOwnerData;
pub type Portal = *mut PortalData;
pub type SPIPlanPtr = *mut _SPI_plan;
pub type pgbgw_build = ::core::ffi::c_uint;
#[derive(PartialEq, Eq, Copy, Clone, Debug, Hash)]
#[repr(C, align(8))]
pub struct __BindgenOpaqueArray8<T>(pub T);
#[repr(C)]
#[derive(Default)]
pub struct __IncompleteArrayField<T>(::core::marker::PhantomData<T>, [T; 0]);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct timespec {
    pub tv_sec: ::core::ffi::c_long,
    pub tv_nsec: ::core::ffi::c_long,
}
#[repr(C)]
pub struct varlena {
    pub vl_len_: [::core::ffi::c_char; 4usize],
    pub vl_dat: __IncompleteArrayField<::core::ffi::c_char>,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct nameData {
    pub data: [::core::ffi::c_char; 64usize],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ErrorContextCallback {
    pub previous: *mut ErrorContextCallback,
    pub callback:
        ::core::option::Option<unsafe extern "C-unwind" fn(arg: *mut ::core::ffi::c_void)>,
    pub arg: *mut ::core::ffi::c_void,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ErrorData {
    pub elevel: ::core::ffi::c_int,
    pub output_to_server: bool,
    pub output_to_client: bool,
    pub show_funcname: bool,
    pub hide_stmt: bool,
    pub hide_ctx: bool,
    pub filename: *const ::core::ffi::c_char,
    pub lineno: ::core::ffi::c_int,
    pub funcname: *const ::core::ffi::c_char,
    pub domain: *const ::core::ffi::c_char,
    pub context_domain: *const ::core::ffi::c_char,
    pub sqlerrcode: ::core::ffi::c_int,
    pub message: *mut ::core::ffi::c_char,
    pub detail: *mut ::core::ffi::c_char,
    pub detail_log: *mut ::core::ffi::c_char,
    pub hint: *mut ::core::ffi::c_char,
    pub context: *mut ::core::ffi::c_char,
    pub message_id: *const ::core::ffi::c_char,
    pub schema_name: *mut ::core::ffi::c_char,
    pub table_name: *mut ::core::ffi::c_char,
    pub column_name: *mut ::core::ffi::c_char,
    pub datatype_name: *mut ::core::ffi::c_char,
    pub constraint_name: *mut ::core::ffi::c_char,
    pub cursorpos: ::core::ffi::c_int,
    pub internalpos: ::core::ffi::c_int,
    pub internalquery: *mut ::core::ffi::c_char,
    pub saved_errno: ::core::ffi::c_int,
    pub assoc_context: *mut MemoryContextData,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct MemoryContextCallback {
    pub func: MemoryContextCallbackFunction,
    pub arg: *mut ::core::ffi::c_void,
    pub next: *mut MemoryContextCallback,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct NullableDatum {
    pub value: Datum,
    pub isnull: bool,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct FmgrInfo {
    pub fn_addr: PGFunction,
    pub fn_oid: Oid,
    pub fn_nargs: ::core::ffi::c_short,
    pub fn_strict: bool,
    pub fn_retset: bool,
    pub fn_stats: ::core::ffi::c_uchar,
    pub fn_extra: *mut ::core::ffi::c_void,
    pub fn_mcxt: MemoryContext,
    pub fn_expr: fmNodePtr,
}
#[repr(C)]
pub struct FunctionCallInfoBaseData {
    pub flinfo: *mut FmgrInfo,
    pub context: fmNodePtr,
    pub resultinfo: fmNodePtr,
    pub fncollation: Oid,
    pub isnull: bool,
    pub nargs: ::core::ffi::c_short,
    pub args: __IncompleteArrayField<NullableDatum>,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct Pg_finfo_record {
    pub api_version: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct Pg_magic_struct {
    pub len: ::core::ffi::c_int,
    pub version: ::core::ffi::c_int,
    pub funcmaxargs: ::core::ffi::c_int,
    pub indexmaxkeys: ::core::ffi::c_int,
    pub namedatalen: ::core::ffi::c_int,
    pub float4byval: ::core::ffi::c_int,
    pub float8byval: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct Interval {
    pub time: TimeOffset,
    pub day: int32,
    pub month: int32,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct BgWorkerStartTime(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct BackgroundWorker {
    pub bgw_name: [::core::ffi::c_char; 96usize],
    pub bgw_type: [::core::ffi::c_char; 96usize],
    pub bgw_flags: ::core::ffi::c_int,
    pub bgw_start_time: BgWorkerStartTime,
    pub bgw_restart_time: ::core::ffi::c_int,
    pub bgw_library_name: [::core::ffi::c_char; 96usize],
    pub bgw_function_name: [::core::ffi::c_char; 96usize],
    pub bgw_main_arg: Datum,
    pub bgw_extra: [::core::ffi::c_char; 128usize],
    pub bgw_notify_pid: pid_t,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct BgwHandleStatus(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Debug)]
pub struct BackgroundWorkerHandle {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct dlist_node {
    pub prev: *mut dlist_node,
    pub next: *mut dlist_node,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct dlist_head {
    pub head: dlist_node,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct dlist_iter {
    pub cur: *mut dlist_node,
    pub end: *mut dlist_node,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct dlist_mutable_iter {
    pub cur: *mut dlist_node,
    pub next: *mut dlist_node,
    pub end: *mut dlist_node,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct slist_node {
    pub next: *mut slist_node,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct slist_head {
    pub head: slist_node,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct slist_iter {
    pub cur: *mut slist_node,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct slist_mutable_iter {
    pub cur: *mut slist_node,
    pub next: *mut slist_node,
    pub prev: *mut slist_node,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct Latch {
    pub is_set: sig_atomic_t,
    pub is_shared: bool,
    pub owner_pid: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct WaitEvent {
    pub pos: ::core::ffi::c_int,
    pub events: uint32,
    pub fd: pgsocket,
    pub user_data: *mut ::core::ffi::c_void,
}
#[repr(C)]
#[derive(Debug)]
pub struct WaitEventSet {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct BlockIdData {
    pub bi_hi: uint16,
    pub bi_lo: uint16,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct StringInfoData {
    pub data: *mut ::core::ffi::c_char,
    pub len: ::core::ffi::c_int,
    pub maxlen: ::core::ffi::c_int,
    pub cursor: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct proclist_head {
    pub head: ::core::ffi::c_int,
    pub tail: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct pg_atomic_flag {
    pub value: ::core::ffi::c_char,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct pg_atomic_uint32 {
    pub value: uint32,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct pg_atomic_uint64 {
    pub value: uint64,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct LWLock {
    pub tranche: uint16,
    pub state: pg_atomic_uint32,
    pub waiters: proclist_head,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct LWLockMode(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct HASHELEMENT {
    pub link: *mut HASHELEMENT,
    pub hashvalue: uint32,
}
#[repr(C)]
#[derive(Debug)]
pub struct HASHHDR {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct HTAB {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct HASHCTL {
    pub num_partitions: ::core::ffi::c_long,
    pub ssize: ::core::ffi::c_long,
    pub dsize: ::core::ffi::c_long,
    pub max_dsize: ::core::ffi::c_long,
    pub ffactor: ::core::ffi::c_long,
    pub keysize: Size,
    pub entrysize: Size,
    pub hash: HashValueFunc,
    pub match_: HashCompareFunc,
    pub keycopy: HashCopyFunc,
    pub alloc: HashAllocFunc,
    pub hcxt: MemoryContext,
    pub hctl: *mut HASHHDR,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct HASHACTION(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct HASH_SEQ_STATUS {
    pub hashp: *mut HTAB,
    pub curBucket: uint32,
    pub curEntry: *mut HASHELEMENT,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct LOCKTAG {
    pub locktag_field1: uint32,
    pub locktag_field2: uint32,
    pub locktag_field3: uint32,
    pub locktag_field4: uint16,
    pub locktag_type: uint8,
    pub locktag_lockmethodid: uint8,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct LockAcquireResult(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ParamExternData {
    pub value: Datum,
    pub isnull: bool,
    pub pflags: uint16,
    pub ptype: Oid,
}
#[repr(C)]
pub struct ParamListInfoData {
    pub paramFetch: ParamFetchHook,
    pub paramFetchArg: *mut ::core::ffi::c_void,
    pub paramCompile: ParamCompileHook,
    pub paramCompileArg: *mut ::core::ffi::c_void,
    pub parserSetup: ParserSetupHook,
    pub parserSetupArg: *mut ::core::ffi::c_void,
    pub numParams: ::core::ffi::c_int,
    pub params: __IncompleteArrayField<ParamExternData>,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct NodeTag(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct Node {
    pub type_: NodeTag,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct List {
    pub type_: NodeTag,
    pub length: ::core::ffi::c_int,
    pub head: *mut ListCell,
    pub tail: *mut ListCell,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ListCell {
    pub data: ListCell__bindgen_ty_1,
    pub next: *mut ListCell,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct Alias {
    pub type_: NodeTag,
    pub aliasname: *mut ::core::ffi::c_char,
    pub colnames: *mut List,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct RangeVar {
    pub type_: NodeTag,
    pub catalogname: *mut ::core::ffi::c_char,
    pub schemaname: *mut ::core::ffi::c_char,
    pub relname: *mut ::core::ffi::c_char,
    pub inh: bool,
    pub relpersistence: ::core::ffi::c_char,
    pub alias: *mut Alias,
    pub location: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct RawStmt {
    pub type_: NodeTag,
    pub stmt: *mut Node,
    pub stmt_location: ::core::ffi::c_int,
    pub stmt_len: ::core::ffi::c_int,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct FetchDirection(pub ::core::ffi::c_uint);
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct TransactionStmtKind(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct TransactionStmt {
    pub type_: NodeTag,
    pub kind: TransactionStmtKind,
    pub options: *mut List,
    pub savepoint_name: *mut ::core::ffi::c_char,
    pub gid: *mut ::core::ffi::c_char,
    pub chain: bool,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct ScanDirection(pub ::core::ffi::c_int);
#[repr(C, packed(2))]
#[derive(Copy, Clone)]
pub struct ItemPointerData {
    pub ip_blkid: BlockIdData,
    pub ip_posid: OffsetNumber,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct HeapTupleData {
    pub t_len: uint32,
    pub t_self: ItemPointerData,
    pub t_tableOid: Oid,
    pub t_data: HeapTupleHeader,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct FormData_pg_attribute {
    pub attrelid: Oid,
    pub attname: NameData,
    pub atttypid: Oid,
    pub attstattarget: int32,
    pub attlen: int16,
    pub attnum: int16,
    pub attndims: int32,
    pub attcacheoff: int32,
    pub atttypmod: int32,
    pub attbyval: bool,
    pub attstorage: ::core::ffi::c_char,
    pub attalign: ::core::ffi::c_char,
    pub attnotnull: bool,
    pub atthasdef: bool,
    pub atthasmissing: bool,
    pub attidentity: ::core::ffi::c_char,
    pub attgenerated: ::core::ffi::c_char,
    pub attisdropped: bool,
    pub attislocal: bool,
    pub attinhcount: int32,
    pub attcollation: Oid,
}
#[repr(C)]
pub struct TupleDescData {
    pub natts: ::core::ffi::c_int,
    pub tdtypeid: Oid,
    pub tdtypmod: int32,
    pub tdrefcount: ::core::ffi::c_int,
    pub constr: *mut TupleConstr,
    pub attrs: __IncompleteArrayField<FormData_pg_attribute>,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct HeapTupleFields {
    pub t_xmin: TransactionId,
    pub t_xmax: TransactionId,
    pub t_field3: HeapTupleFields__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct DatumTupleFields {
    pub datum_len_: int32,
    pub datum_typmod: int32,
    pub datum_typeid: Oid,
}
#[repr(C)]
pub struct HeapTupleHeaderData {
    pub t_choice: HeapTupleHeaderData__bindgen_ty_1,
    pub t_ctid: ItemPointerData,
    pub t_infomask2: uint16,
    pub t_infomask: uint16,
    pub t_hoff: uint8,
    pub t_bits: __IncompleteArrayField<bits8>,
}
#[repr(C)]
pub struct MinimalTupleData {
    pub t_len: uint32,
    pub mt_padding: [::core::ffi::c_char; 6usize],
    pub t_infomask2: uint16,
    pub t_infomask: uint16,
    pub t_hoff: uint8,
    pub t_bits: __IncompleteArrayField<bits8>,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct TupleTableSlotOps {
    pub base_slot_size: usize,
    pub init: ::core::option::Option<unsafe extern "C-unwind" fn(slot: *mut TupleTableSlot)>,
    pub release: ::core::option::Option<unsafe extern "C-unwind" fn(slot: *mut TupleTableSlot)>,
    pub clear: ::core::option::Option<unsafe extern "C-unwind" fn(slot: *mut TupleTableSlot)>,
    pub getsomeattrs: ::core::option::Option<
        unsafe extern "C-unwind" fn(slot: *mut TupleTableSlot, natts: ::core::ffi::c_int),
    >,
    pub getsysattr: ::core::option::Option<
        unsafe extern "C-unwind" fn(
            slot: *mut TupleTableSlot,
            attnum: ::core::ffi::c_int,
            isnull: *mut bool,
        ) -> Datum,
    >,
    pub materialize: ::core::option::Option<unsafe extern "C-unwind" fn(slot: *mut TupleTableSlot)>,
    pub copyslot: ::core::option::Option<
        unsafe extern "C-unwind" fn(dstslot: *mut TupleTableSlot, srcslot: *mut TupleTableSlot),
    >,
    pub get_heap_tuple:
        ::core::option::Option<unsafe extern "C-unwind" fn(slot: *mut TupleTableSlot) -> HeapTuple>,
    pub get_minimal_tuple: ::core::option::Option<
        unsafe extern "C-unwind" fn(slot: *mut TupleTableSlot) -> MinimalTuple,
    >,
    pub copy_heap_tuple:
        ::core::option::Option<unsafe extern "C-unwind" fn(slot: *mut TupleTableSlot) -> HeapTuple>,
    pub copy_minimal_tuple: ::core::option::Option<
        unsafe extern "C-unwind" fn(slot: *mut TupleTableSlot) -> MinimalTuple,
    >,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct CommandDest(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ArrayType {
    pub vl_len_: int32,
    pub ndim: ::core::ffi::c_int,
    pub dataoffset: int32,
    pub elemtype: Oid,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct GucContext(pub ::core::ffi::c_uint);
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct GucSource(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct config_enum_entry {
    pub name: *const ::core::ffi::c_char,
    pub val: ::core::ffi::c_int,
    pub hidden: bool,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct GucAction(pub ::core::ffi::c_uint);
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct TimeoutId(pub ::core::ffi::c_uint);
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct TimeoutType(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct EnableTimeoutParams {
    pub id: TimeoutId,
    pub type_: TimeoutType,
    pub delay_ms: ::core::ffi::c_int,
    pub fin_time: TimestampTz,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct DisableTimeoutParams {
    pub id: TimeoutId,
    pub keep_indicator: bool,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ScanKeyData {
    pub sk_flags: ::core::ffi::c_int,
    pub sk_attno: AttrNumber,
    pub sk_strategy: StrategyNumber,
    pub sk_subtype: Oid,
    pub sk_collation: Oid,
    pub sk_func: FmgrInfo,
    pub sk_argument: Datum,
}
#[repr(C)]
#[derive(Debug)]
pub struct dsm_segment {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct dsa_area {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ObjectAddress {
    pub classId: Oid,
    pub objectId: Oid,
    pub objectSubId: int32,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct XactEvent(pub ::core::ffi::c_uint);
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct SubXactEvent(pub ::core::ffi::c_uint);
#[repr(C)]
#[repr(align(4))]
#[derive(Copy, Clone)]
pub struct ConditionVariable {
    pub _bindgen_opaque_blob: [u32; 3usize],
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct ResourceReleasePhase(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct SPITupleTable {
    pub tuptabcxt: MemoryContext,
    pub alloced: uint64,
    pub free: uint64,
    pub tupdesc: TupleDesc,
    pub vals: *mut HeapTuple,
    pub next: slist_node,
    pub subid: SubTransactionId,
}
#[repr(C)]
#[derive(Debug)]
pub struct _SPI_plan {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct MemoryContextData {
    pub type_: NodeTag,
    pub isReset: bool,
    pub allowInCritSection: bool,
    pub methods: *const MemoryContextMethods,
    pub parent: MemoryContext,
    pub firstchild: MemoryContext,
    pub prevchild: MemoryContext,
    pub nextchild: MemoryContext,
    pub name: *const ::core::ffi::c_char,
    pub ident: *const ::core::ffi::c_char,
    pub reset_cbs: *mut MemoryContextCallback,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct pg_enc(pub ::core::ffi::c_uint);
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct SysCacheIdentifier(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Debug)]
pub struct shm_mq {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct shm_mq_handle {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct shm_mq_iovec {
    pub data: *const ::core::ffi::c_char,
    pub len: Size,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct shm_mq_result(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Debug)]
pub struct shm_toc {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct shm_toc_estimator {
    pub space_for_chunks: Size,
    pub number_of_keys: Size,
}
#[repr(C)]
#[repr(align(8))]
#[derive(Copy, Clone)]
pub struct SockAddr {
    pub _bindgen_opaque_blob: __BindgenOpaqueArray8<[u8; 136usize]>,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct BackendType(pub ::core::ffi::c_uint);
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct BackendState(pub ::core::ffi::c_uint);
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct ProgressCommandType(pub ::core::ffi::c_uint);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct PgBackendSSLStatus {
    pub ssl_bits: ::core::ffi::c_int,
    pub ssl_compression: bool,
    pub ssl_version: [::core::ffi::c_char; 64usize],
    pub ssl_cipher: [::core::ffi::c_char; 64usize],
    pub ssl_client_dn: [::core::ffi::c_char; 64usize],
    pub ssl_client_serial: [::core::ffi::c_char; 64usize],
    pub ssl_issuer_dn: [::core::ffi::c_char; 64usize],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct PgBackendGSSStatus {
    pub gss_princ: [::core::ffi::c_char; 64usize],
    pub gss_auth: bool,
    pub gss_enc: bool,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct PgBackendStatus {
    pub st_changecount: ::core::ffi::c_int,
    pub st_procpid: ::core::ffi::c_int,
    pub st_backendType: BackendType,
    pub st_proc_start_timestamp: TimestampTz,
    pub st_xact_start_timestamp: TimestampTz,
    pub st_activity_start_timestamp: TimestampTz,
    pub st_state_start_timestamp: TimestampTz,
    pub st_databaseid: Oid,
    pub st_userid: Oid,
    pub st_clientaddr: SockAddr,
    pub st_clienthostname: *mut ::core::ffi::c_char,
    pub st_ssl: bool,
    pub st_sslstatus: *mut PgBackendSSLStatus,
    pub st_gss: bool,
    pub st_gssstatus: *mut PgBackendGSSStatus,
    pub st_state: BackendState,
    pub st_appname: *mut ::core::ffi::c_char,
    pub st_activity_raw: *mut ::core::ffi::c_char,
    pub st_progress_command: ProgressCommandType,
    pub st_progress_command_target: Oid,
    pub st_progress_param: [int64; 20usize],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct LocalPgBackendStatus {
    pub backendStatus: PgBackendStatus,
    pub backend_xid: TransactionId,
    pub backend_xmin: TransactionId,
}
#[repr(transparent)]
#[derive(Copy, Clone, Hash, PartialEq, Eq)]
pub struct ReplicationSlotPersistency(pub ::core::ffi::c_uint);
pub const PG_DIAG_SEVERITY: u8 = 83u8;
pub const PG_DIAG_SEVERITY_NONLOCALIZED: u8 = 86u8;
pub const PG_DIAG_SQLSTATE: u8 = 67u8;
pub const PG_DIAG_MESSAGE_PRIMARY: u8 = 77u8;
pub const PG_DIAG_MESSAGE_DETAIL: u8 = 68u8;
pub const PG_DIAG_MESSAGE_HINT: u8 = 72u8;
pub const PG_DIAG_STATEMENT_POSITION: u8 = 80u8;
pub const PG_DIAG_INTERNAL_POSITION: u8 = 112u8;
pub const PG_DIAG_INTERNAL_QUERY: u8 = 113u8;
pub const PG_DIAG_CONTEXT: u8 = 87u8;
pub const PG_DIAG_SCHEMA_NAME: u8 = 115u8;
pub const PG_DIAG_TABLE_NAME: u8 = 116u8;
pub const PG_DIAG_COLUMN_NAME: u8 = 99u8;
pub const PG_DIAG_DATATYPE_NAME: u8 = 100u8;
pub const PG_DIAG_CONSTRAINT_NAME: u8 = 110u8;
pub const PG_DIAG_SOURCE_FILE: u8 = 70u8;
pub const PG_DIAG_SOURCE_LINE: u8 = 76u8;
pub const PG_DIAG_SOURCE_FUNCTION: u8 = 82u8;
pub const BLCKSZ: ::core::ffi::c_int = 8192;
pub const MAXIMUM_ALIGNOF: ::core::ffi::c_int = 8;
pub const PG_MAJORVERSION: &::core::ffi::CStr = c"12";
pub const NAMEDATALEN: usize = 64;
pub const FUNC_MAX_ARGS: ::core::ffi::c_int = 100;
pub const INDEX_MAX_KEYS: ::core::ffi::c_int = 32;
pub const MAXPGPATH: usize = 1024;
pub const DEBUG5: ::core::ffi::c_int = 10;
pub const DEBUG4: ::core::ffi::c_int = 11;
pub const DEBUG3: ::core::ffi::c_int = 12;
pub const DEBUG2: ::core::ffi::c_int = 13;
pub const DEBUG1: ::core::ffi::c_int = 14;
pub const LOG: ::core::ffi::c_int = 15;
pub const LOG_SERVER_ONLY: ::core::ffi::c_int = 16;
pub const COMMERROR: ::core::ffi::c_int = 16;
pub const INFO: ::core::ffi::c_int = 17;
pub const NOTICE: ::core::ffi::c_int = 18;
pub const WARNING: ::core::ffi::c_int = 19;
pub const ERROR: ::core::ffi::c_int = 20;
pub const FATAL: ::core::ffi::c_int = 21;
pub const PANIC: ::core::ffi::c_int = 22;
pub const MCXT_ALLOC_HUGE: ::core::ffi::c_int = 1;
pub const MCXT_ALLOC_NO_OOM: ::core::ffi::c_int = 2;
pub const MCXT_ALLOC_ZERO: ::core::ffi::c_int = 4;
pub const SIZEOF_DATUM: ::core::ffi::c_int = 8;
pub const HOURS_PER_DAY: ::core::ffi::c_int = 24;
pub const SECS_PER_YEAR: ::core::ffi::c_int = 31557600;
pub const SECS_PER_DAY: ::core::ffi::c_int = 86400;
pub const SECS_PER_HOUR: ::core::ffi::c_int = 3600;
pub const SECS_PER_MINUTE: ::core::ffi::c_int = 60;
pub const MINS_PER_HOUR: ::core::ffi::c_int = 60;
pub const BGWORKER_SHMEM_ACCESS: ::core::ffi::c_int = 1;
pub const BGWORKER_BACKEND_DATABASE_CONNECTION: ::core::ffi::c_int = 2;
pub const BGWORKER_CLASS_PARALLEL: ::core::ffi::c_int = 16;
pub const BGW_DEFAULT_RESTART_INTERVAL: ::core::ffi::c_int = 60;
pub const BGW_NEVER_RESTART: ::core::ffi::c_int = -1;
pub const BGW_MAXLEN: usize = 96;
pub const BGW_EXTRALEN: usize = 128;
pub const BGWORKER_BYPASS_ALLOWCONN: u32 = 1;
pub const WL_LATCH_SET: ::core::ffi::c_int = 1;
pub const WL_SOCKET_READABLE: ::core::ffi::c_int = 2;
pub const WL_SOCKET_WRITEABLE: ::core::ffi::c_int = 4;
pub const WL_TIMEOUT: ::core::ffi::c_int = 8;
pub const WL_POSTMASTER_DEATH: ::core::ffi::c_int = 16;
pub const WL_EXIT_ON_PM_DEATH: ::core::ffi::c_int = 32;
pub const WL_SOCKET_CONNECTED: ::core::ffi::c_int = 4;
pub const WL_SOCKET_MASK: ::core::ffi::c_int = 6;
pub const NoLock: ::core::ffi::c_int = 0;
pub const AccessShareLock: ::core::ffi::c_int = 1;
pub const RowShareLock: ::core::ffi::c_int = 2;
pub const RowExclusiveLock: ::core::ffi::c_int = 3;
pub const ShareUpdateExclusiveLock: ::core::ffi::c_int = 4;
pub const ShareLock: ::core::ffi::c_int = 5;
pub const ShareRowExclusiveLock: ::core::ffi::c_int = 6;
pub const ExclusiveLock: ::core::ffi::c_int = 7;
pub const AccessExclusiveLock: ::core::ffi::c_int = 8;
pub const HASH_PARTITION: ::core::ffi::c_int = 1;
pub const HASH_SEGMENT: ::core::ffi::c_int = 2;
pub const HASH_DIRSIZE: ::core::ffi::c_int = 4;
pub const HASH_FFACTOR: ::core::ffi::c_int = 8;
pub const HASH_ELEM: ::core::ffi::c_int = 16;
pub const HASH_BLOBS: ::core::ffi::c_int = 32;
pub const HASH_FUNCTION: ::core::ffi::c_int = 64;
pub const HASH_COMPARE: ::core::ffi::c_int = 128;
pub const HASH_KEYCOPY: ::core::ffi::c_int = 256;
pub const HASH_ALLOC: ::core::ffi::c_int = 512;
pub const HASH_CONTEXT: ::core::ffi::c_int = 1024;
pub const HASH_SHARED_MEM: ::core::ffi::c_int = 2048;
pub const HASH_ATTACH: ::core::ffi::c_int = 4096;
pub const HASH_FIXED_SIZE: ::core::ffi::c_int = 8192;
pub const ACL_INSERT: ::core::ffi::c_int = 1;
pub const ACL_SELECT: ::core::ffi::c_int = 2;
pub const ACL_UPDATE: ::core::ffi::c_int = 4;
pub const ACL_DELETE: ::core::ffi::c_int = 8;
pub const ACL_TRUNCATE: ::core::ffi::c_int = 16;
pub const ACL_REFERENCES: ::core::ffi::c_int = 32;
pub const ACL_TRIGGER: ::core::ffi::c_int = 64;
pub const ACL_EXECUTE: ::core::ffi::c_int = 128;
pub const ACL_USAGE: ::core::ffi::c_int = 256;
pub const ACL_CREATE: ::core::ffi::c_int = 512;
pub const ACL_CREATE_TEMP: ::core::ffi::c_int = 1024;
pub const ACL_CONNECT: ::core::ffi::c_int = 2048;
pub const CURSOR_OPT_BINARY: ::core::ffi::c_int = 1;
pub const CURSOR_OPT_SCROLL: ::core::ffi::c_int = 2;
pub const CURSOR_OPT_NO_SCROLL: ::core::ffi::c_int = 4;
pub const CURSOR_OPT_INSENSITIVE: ::core::ffi::c_int = 8;
pub const CURSOR_OPT_HOLD: ::core::ffi::c_int = 16;
pub const CURSOR_OPT_FAST_PLAN: ::core::ffi::c_int = 32;
pub const CURSOR_OPT_GENERIC_PLAN: ::core::ffi::c_int = 64;
pub const CURSOR_OPT_CUSTOM_PLAN: ::core::ffi::c_int = 128;
pub const CURSOR_OPT_PARALLEL_OK: ::core::ffi::c_int = 256;
pub const BTLessStrategyNumber: ::core::ffi::c_int = 1;
pub const BTLessEqualStrategyNumber: ::core::ffi::c_int = 2;
pub const BTEqualStrategyNumber: ::core::ffi::c_int = 3;
pub const BTGreaterEqualStrategyNumber: ::core::ffi::c_int = 4;
pub const BTGreaterStrategyNumber: ::core::ffi::c_int = 5;
pub const BTMaxStrategyNumber: ::core::ffi::c_int = 5;
pub const FirstNormalObjectId: ::core::ffi::c_int = 16384;
pub const GUC_QUALIFIER_SEPARATOR: u8 = 46u8;
pub const GUC_LIST_INPUT: ::core::ffi::c_int = 1;
pub const GUC_LIST_QUOTE: ::core::ffi::c_int = 2;
pub const GUC_NO_SHOW_ALL: ::core::ffi::c_int = 4;
pub const GUC_NO_RESET_ALL: ::core::ffi::c_int = 8;
pub const GUC_REPORT: ::core::ffi::c_int = 16;
pub const GUC_NOT_IN_SAMPLE: ::core::ffi::c_int = 32;
pub const GUC_DISALLOW_IN_FILE: ::core::ffi::c_int = 64;
pub const GUC_CUSTOM_PLACEHOLDER: ::core::ffi::c_int = 128;
pub const GUC_SUPERUSER_ONLY: ::core::ffi::c_int = 256;
pub const GUC_IS_NAME: ::core::ffi::c_int = 512;
pub const GUC_NOT_WHILE_SEC_REST: ::core::ffi::c_int = 1024;
pub const GUC_DISALLOW_IN_AUTO_FILE: ::core::ffi::c_int = 2048;
pub const GUC_UNIT_KB: ::core::ffi::c_int = 4096;
pub const GUC_UNIT_BLOCKS: ::core::ffi::c_int = 8192;
pub const GUC_UNIT_XBLOCKS: ::core::ffi::c_int = 12288;
pub const GUC_UNIT_MB: ::core::ffi::c_int = 16384;
pub const GUC_UNIT_BYTE: ::core::ffi::c_int = 32768;
pub const GUC_UNIT_MEMORY: ::core::ffi::c_int = 61440;
pub const GUC_UNIT_MS: ::core::ffi::c_int = 65536;
pub const GUC_UNIT_S: ::core::ffi::c_int = 131072;
pub const GUC_UNIT_MIN: ::core::ffi::c_int = 196608;
pub const GUC_UNIT_TIME: ::core::ffi::c_int = 983040;
pub const GUC_EXPLAIN: ::core::ffi::c_int = 1048576;
pub const GUC_UNIT: ::core::ffi::c_int = 1044480;
pub const DSM_CREATE_NULL_IF_MAXSEGMENTS: ::core::ffi::c_int = 1;
pub const DSM_HANDLE_INVALID: dsm_handle = 0;
pub const XACT_READ_UNCOMMITTED: ::core::ffi::c_int = 0;
pub const XACT_READ_COMMITTED: ::core::ffi::c_int = 1;
pub const XACT_REPEATABLE_READ: ::core::ffi::c_int = 2;
pub const XACT_SERIALIZABLE: ::core::ffi::c_int = 3;
pub const BOOLOID: Oid = 16;
pub const BYTEAOID: Oid = 17;
pub const CHAROID: Oid = 18;
pub const NAMEOID: Oid = 19;
pub const INT8OID: Oid = 20;
pub const INT2OID: Oid = 21;
pub const INT4OID: Oid = 23;
pub const TEXTOID: Oid = 25;
pub const OIDOID: Oid = 26;
pub const TIDOID: Oid = 27;
pub const XIDOID: Oid = 28;
pub const CIDOID: Oid = 29;
pub const JSONOID: Oid = 114;
pub const XMLOID: Oid = 142;
pub const FLOAT4OID: Oid = 700;
pub const FLOAT8OID: Oid = 701;
pub const UNKNOWNOID: Oid = 705;
pub const MACADDROID: Oid = 829;
pub const INETOID: Oid = 869;
pub const CIDROID: Oid = 650;
pub const BPCHAROID: Oid = 1042;
pub const VARCHAROID: Oid = 1043;
pub const DATEOID: Oid = 1082;
pub const TIMEOID: Oid = 1083;
pub const TIMESTAMPOID: Oid = 1114;
pub const TIMESTAMPTZOID: Oid = 1184;
pub const INTERVALOID: Oid = 1186;
pub const TIMETZOID: Oid = 1266;
pub const NUMERICOID: Oid = 1700;
pub const REGCLASSOID: Oid = 2205;
pub const UUIDOID: Oid = 2950;
pub const JSONBOID: Oid = 3802;
pub const RECORDOID: Oid = 2249;
pub const RECORDARRAYOID: Oid = 2287;
pub const CSTRINGOID: Oid = 2275;
pub const VOIDOID: Oid = 2278;
pub const BOOLARRAYOID: Oid = 1000;
pub const BYTEAARRAYOID: Oid = 1001;
pub const CHARARRAYOID: Oid = 1002;
pub const NAMEARRAYOID: Oid = 1003;
pub const INT8ARRAYOID: Oid = 1016;
pub const INT2ARRAYOID: Oid = 1005;
pub const INT4ARRAYOID: Oid = 1007;
pub const TEXTARRAYOID: Oid = 1009;
pub const OIDARRAYOID: Oid = 1028;
pub const TIDARRAYOID: Oid = 1010;
pub const XIDARRAYOID: Oid = 1011;
pub const CIDARRAYOID: Oid = 1012;
pub const JSONARRAYOID: Oid = 199;
pub const XMLARRAYOID: Oid = 143;
pub const FLOAT4ARRAYOID: Oid = 1021;
pub const FLOAT8ARRAYOID: Oid = 1022;
pub const MACADDRARRAYOID: Oid = 1040;
pub const INETARRAYOID: Oid = 1041;
pub const CIDRARRAYOID: Oid = 651;
pub const BPCHARARRAYOID: Oid = 1014;
pub const VARCHARARRAYOID: Oid = 1015;
pub const DATEARRAYOID: Oid = 1182;
pub const TIMEARRAYOID: Oid = 1183;
pub const TIMESTAMPARRAYOID: Oid = 1115;
pub const TIMESTAMPTZARRAYOID: Oid = 1185;
pub const INTERVALARRAYOID: Oid = 1187;
pub const TIMETZARRAYOID: Oid = 1270;
pub const NUMERICARRAYOID: Oid = 1231;
pub const REGCLASSARRAYOID: Oid = 2210;
pub const UUIDARRAYOID: Oid = 2951;
pub const PG_LSNARRAYOID: Oid = 3221;
pub const JSONBARRAYOID: Oid = 3807;
pub const CSTRINGARRAYOID: Oid = 1263;
pub const SPI_ERROR_CONNECT: ::core::ffi::c_int = -1;
pub const SPI_ERROR_COPY: ::core::ffi::c_int = -2;
pub const SPI_ERROR_OPUNKNOWN: ::core::ffi::c_int = -3;
pub const SPI_ERROR_UNCONNECTED: ::core::ffi::c_int = -4;
pub const SPI_ERROR_CURSOR: ::core::ffi::c_int = -5;
pub const SPI_ERROR_ARGUMENT: ::core::ffi::c_int = -6;
pub const SPI_ERROR_PARAM: ::core::ffi::c_int = -7;
pub const SPI_ERROR_TRANSACTION: ::core::ffi::c_int = -8;
pub const SPI_ERROR_NOATTRIBUTE: ::core::ffi::c_int = -9;
pub const SPI_ERROR_NOOUTFUNC: ::core::ffi::c_int = -10;
pub const SPI_ERROR_TYPUNKNOWN: ::core::ffi::c_int = -11;
pub const SPI_ERROR_REL_DUPLICATE: ::core::ffi::c_int = -12;
pub const SPI_ERROR_REL_NOT_FOUND: ::core::ffi::c_int = -13;
pub const SPI_OK_CONNECT: ::core::ffi::c_int = 1;
pub const SPI_OK_FINISH: ::core::ffi::c_int = 2;
pub const SPI_OK_FETCH: ::core::ffi::c_int = 3;
pub const SPI_OK_UTILITY: ::core::ffi::c_int = 4;
pub const SPI_OK_SELECT: ::core::ffi::c_int = 5;
pub const SPI_OK_SELINTO: ::core::ffi::c_int = 6;
pub const SPI_OK_INSERT: ::core::ffi::c_int = 7;
pub const SPI_OK_DELETE: ::core::ffi::c_int = 8;
pub const SPI_OK_UPDATE: ::core::ffi::c_int = 9;
pub const SPI_OK_CURSOR: ::core::ffi::c_int = 10;
pub const SPI_OK_INSERT_RETURNING: ::core::ffi::c_int = 11;
pub const SPI_OK_DELETE_RETURNING: ::core::ffi::c_int = 12;
pub const SPI_OK_UPDATE_RETURNING: ::core::ffi::c_int = 13;
pub const SPI_OK_REWRITTEN: ::core::ffi::c_int = 14;
pub const SPI_OK_REL_REGISTER: ::core::ffi::c_int = 15;
pub const SPI_OK_REL_UNREGISTER: ::core::ffi::c_int = 16;
pub const SPI_OK_TD_REGISTER: ::core::ffi::c_int = 17;
pub const SPI_OPT_NONATOMIC: ::core::ffi::c_int = 1;
pub const ALLOCSET_DEFAULT_MINSIZE: ::core::ffi::c_int = 0;
pub const ALLOCSET_DEFAULT_INITSIZE: ::core::ffi::c_int = 8192;
pub const ALLOCSET_DEFAULT_MAXSIZE: ::core::ffi::c_int = 8388608;
pub const ALLOCSET_SMALL_MINSIZE: ::core::ffi::c_int = 0;
pub const ALLOCSET_SMALL_INITSIZE: ::core::ffi::c_int = 1024;
pub const ALLOCSET_SMALL_MAXSIZE: ::core::ffi::c_int = 8192;
pub const ALLOCSET_SEPARATE_THRESHOLD: ::core::ffi::c_int = 8192;
pub const PG_WAIT_LWLOCK: u32 = 16777216;
pub const PG_WAIT_LOCK: u32 = 50331648;
pub const PG_WAIT_BUFFER_PIN: u32 = 67108864;
pub const PG_WAIT_ACTIVITY: u32 = 83886080;
pub const PG_WAIT_CLIENT: u32 = 100663296;
pub const PG_WAIT_EXTENSION: u32 = 117440512;
pub const PG_WAIT_IPC: u32 = 134217728;
pub const PG_WAIT_TIMEOUT: u32 = 150994944;
pub const PG_WAIT_IO: u32 = 167772160;
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of timespec"][::core::mem::size_of::<timespec>() - 16usize];
    ["Alignment of timespec"][::core::mem::align_of::<timespec>() - 8usize];
    ["Offset of field: timespec::tv_sec"][::core::mem::offset_of!(timespec, tv_sec) - 0usize];
    ["Offset of field: timespec::tv_nsec"][::core::mem::offset_of!(timespec, tv_nsec) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of varlena"][::core::mem::size_of::<varlena>() - 4usize];
    ["Alignment of varlena"][::core::mem::align_of::<varlena>() - 1usize];
    ["Offset of field: varlena::vl_len_"][::core::mem::offset_of!(varlena, vl_len_) - 0usize];
    ["Offset of field: varlena::vl_dat"][::core::mem::offset_of!(varlena, vl_dat) - 4usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of nameData"][::core::mem::size_of::<nameData>() - 64usize];
    ["Alignment of nameData"][::core::mem::align_of::<nameData>() - 1usize];
    ["Offset of field: nameData::data"][::core::mem::offset_of!(nameData, data) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ErrorContextCallback"][::core::mem::size_of::<ErrorContextCallback>() - 24usize];
    ["Alignment of ErrorContextCallback"][::core::mem::align_of::<ErrorContextCallback>() - 8usize];
    ["Offset of field: ErrorContextCallback::previous"]
        [::core::mem::offset_of!(ErrorContextCallback, previous) - 0usize];
    ["Offset of field: ErrorContextCallback::callback"]
        [::core::mem::offset_of!(ErrorContextCallback, callback) - 8usize];
    ["Offset of field: ErrorContextCallback::arg"]
        [::core::mem::offset_of!(ErrorContextCallback, arg) - 16usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ErrorData"][::core::mem::size_of::<ErrorData>() - 184usize];
    ["Alignment of ErrorData"][::core::mem::align_of::<ErrorData>() - 8usize];
    ["Offset of field: ErrorData::elevel"][::core::mem::offset_of!(ErrorData, elevel) - 0usize];
    ["Offset of field: ErrorData::output_to_server"]
        [::core::mem::offset_of!(ErrorData, output_to_server) - 4usize];
    ["Offset of field: ErrorData::output_to_client"]
        [::core::mem::offset_of!(ErrorData, output_to_client) - 5usize];
    ["Offset of field: ErrorData::show_funcname"]
        [::core::mem::offset_of!(ErrorData, show_funcname) - 6usize];
    ["Offset of field: ErrorData::hide_stmt"]
        [::core::mem::offset_of!(ErrorData, hide_stmt) - 7usize];
    ["Offset of field: ErrorData::hide_ctx"][::core::mem::offset_of!(ErrorData, hide_ctx) - 8usize];
    ["Offset of field: ErrorData::filename"]
        [::core::mem::offset_of!(ErrorData, filename) - 16usize];
    ["Offset of field: ErrorData::lineno"][::core::mem::offset_of!(ErrorData, lineno) - 24usize];
    ["Offset of field: ErrorData::funcname"]
        [::core::mem::offset_of!(ErrorData, funcname) - 32usize];
    ["Offset of field: ErrorData::domain"][::core::mem::offset_of!(ErrorData, domain) - 40usize];
    ["Offset of field: ErrorData::context_domain"]
        [::core::mem::offset_of!(ErrorData, context_domain) - 48usize];
    ["Offset of field: ErrorData::sqlerrcode"]
        [::core::mem::offset_of!(ErrorData, sqlerrcode) - 56usize];
    ["Offset of field: ErrorData::message"][::core::mem::offset_of!(ErrorData, message) - 64usize];
    ["Offset of field: ErrorData::detail"][::core::mem::offset_of!(ErrorData, detail) - 72usize];
    ["Offset of field: ErrorData::detail_log"]
        [::core::mem::offset_of!(ErrorData, detail_log) - 80usize];
    ["Offset of field: ErrorData::hint"][::core::mem::offset_of!(ErrorData, hint) - 88usize];
    ["Offset of field: ErrorData::context"][::core::mem::offset_of!(ErrorData, context) - 96usize];
    ["Offset of field: ErrorData::message_id"]
        [::core::mem::offset_of!(ErrorData, message_id) - 104usize];
    ["Offset of field: ErrorData::schema_name"]
        [::core::mem::offset_of!(ErrorData, schema_name) - 112usize];
    ["Offset of field: ErrorData::table_name"]
        [::core::mem::offset_of!(ErrorData, table_name) - 120usize];
    ["Offset of field: ErrorData::column_name"]
        [::core::mem::offset_of!(ErrorData, column_name) - 128usize];
    ["Offset of field: ErrorData::datatype_name"]
        [::core::mem::offset_of!(ErrorData, datatype_name) - 136usize];
    ["Offset of field: ErrorData::constraint_name"]
        [::core::mem::offset_of!(ErrorData, constraint_name) - 144usize];
    ["Offset of field: ErrorData::cursorpos"]
        [::core::mem::offset_of!(ErrorData, cursorpos) - 152usize];
    ["Offset of field: ErrorData::internalpos"]
        [::core::mem::offset_of!(ErrorData, internalpos) - 156usize];
    ["Offset of field: ErrorData::internalquery"]
        [::core::mem::offset_of!(ErrorData, internalquery) - 160usize];
    ["Offset of field: ErrorData::saved_errno"]
        [::core::mem::offset_of!(ErrorData, saved_errno) - 168usize];
    ["Offset of field: ErrorData::assoc_context"]
        [::core::mem::offset_of!(ErrorData, assoc_context) - 176usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of MemoryContextCallback"][::core::mem::size_of::<MemoryContextCallback>() - 24usize];
    ["Alignment of MemoryContextCallback"]
        [::core::mem::align_of::<MemoryContextCallback>() - 8usize];
    ["Offset of field: MemoryContextCallback::func"]
        [::core::mem::offset_of!(MemoryContextCallback, func) - 0usize];
    ["Offset of field: MemoryContextCallback::arg"]
        [::core::mem::offset_of!(MemoryContextCallback, arg) - 8usize];
    ["Offset of field: MemoryContextCallback::next"]
        [::core::mem::offset_of!(MemoryContextCallback, next) - 16usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of NullableDatum"][::core::mem::size_of::<NullableDatum>() - 16usize];
    ["Alignment of NullableDatum"][::core::mem::align_of::<NullableDatum>() - 8usize];
    ["Offset of field: NullableDatum::value"]
        [::core::mem::offset_of!(NullableDatum, value) - 0usize];
    ["Offset of field: NullableDatum::isnull"]
        [::core::mem::offset_of!(NullableDatum, isnull) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of FmgrInfo"][::core::mem::size_of::<FmgrInfo>() - 48usize];
    ["Alignment of FmgrInfo"][::core::mem::align_of::<FmgrInfo>() - 8usize];
    ["Offset of field: FmgrInfo::fn_addr"][::core::mem::offset_of!(FmgrInfo, fn_addr) - 0usize];
    ["Offset of field: FmgrInfo::fn_oid"][::core::mem::offset_of!(FmgrInfo, fn_oid) - 8usize];
    ["Offset of field: FmgrInfo::fn_nargs"][::core::mem::offset_of!(FmgrInfo, fn_nargs) - 12usize];
    ["Offset of field: FmgrInfo::fn_strict"]
        [::core::mem::offset_of!(FmgrInfo, fn_strict) - 14usize];
    ["Offset of field: FmgrInfo::fn_retset"]
        [::core::mem::offset_of!(FmgrInfo, fn_retset) - 15usize];
    ["Offset of field: FmgrInfo::fn_stats"][::core::mem::offset_of!(FmgrInfo, fn_stats) - 16usize];
    ["Offset of field: FmgrInfo::fn_extra"][::core::mem::offset_of!(FmgrInfo, fn_extra) - 24usize];
    ["Offset of field: FmgrInfo::fn_mcxt"][::core::mem::offset_of!(FmgrInfo, fn_mcxt) - 32usize];
    ["Offset of field: FmgrInfo::fn_expr"][::core::mem::offset_of!(FmgrInfo, fn_expr) - 40usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of FunctionCallInfoBaseData"]
        [::core::mem::size_of::<FunctionCallInfoBaseData>() - 32usize];
    ["Alignment of FunctionCallInfoBaseData"]
        [::core::mem::align_of::<FunctionCallInfoBaseData>() - 8usize];
    ["Offset of field: FunctionCallInfoBaseData::flinfo"]
        [::core::mem::offset_of!(FunctionCallInfoBaseData, flinfo) - 0usize];
    ["Offset of field: FunctionCallInfoBaseData::context"]
        [::core::mem::offset_of!(FunctionCallInfoBaseData, context) - 8usize];
    ["Offset of field: FunctionCallInfoBaseData::resultinfo"]
        [::core::mem::offset_of!(FunctionCallInfoBaseData, resultinfo) - 16usize];
    ["Offset of field: FunctionCallInfoBaseData::fncollation"]
        [::core::mem::offset_of!(FunctionCallInfoBaseData, fncollation) - 24usize];
    ["Offset of field: FunctionCallInfoBaseData::isnull"]
        [::core::mem::offset_of!(FunctionCallInfoBaseData, isnull) - 28usize];
    ["Offset of field: FunctionCallInfoBaseData::nargs"]
        [::core::mem::offset_of!(FunctionCallInfoBaseData, nargs) - 30usize];
    ["Offset of field: FunctionCallInfoBaseData::args"]
        [::core::mem::offset_of!(FunctionCallInfoBaseData, args) - 32usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of Pg_finfo_record"][::core::mem::size_of::<Pg_finfo_record>() - 4usize];
    ["Alignment of Pg_finfo_record"][::core::mem::align_of::<Pg_finfo_record>() - 4usize];
    ["Offset of field: Pg_finfo_record::api_version"]
        [::core::mem::offset_of!(Pg_finfo_record, api_version) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of Pg_magic_struct"][::core::mem::size_of::<Pg_magic_struct>() - 28usize];
    ["Alignment of Pg_magic_struct"][::core::mem::align_of::<Pg_magic_struct>() - 4usize];
    ["Offset of field: Pg_magic_struct::len"]
        [::core::mem::offset_of!(Pg_magic_struct, len) - 0usize];
    ["Offset of field: Pg_magic_struct::version"]
        [::core::mem::offset_of!(Pg_magic_struct, version) - 4usize];
    ["Offset of field: Pg_magic_struct::funcmaxargs"]
        [::core::mem::offset_of!(Pg_magic_struct, funcmaxargs) - 8usize];
    ["Offset of field: Pg_magic_struct::indexmaxkeys"]
        [::core::mem::offset_of!(Pg_magic_struct, indexmaxkeys) - 12usize];
    ["Offset of field: Pg_magic_struct::namedatalen"]
        [::core::mem::offset_of!(Pg_magic_struct, namedatalen) - 16usize];
    ["Offset of field: Pg_magic_struct::float4byval"]
        [::core::mem::offset_of!(Pg_magic_struct, float4byval) - 20usize];
    ["Offset of field: Pg_magic_struct::float8byval"]
        [::core::mem::offset_of!(Pg_magic_struct, float8byval) - 24usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of Interval"][::core::mem::size_of::<Interval>() - 16usize];
    ["Alignment of Interval"][::core::mem::align_of::<Interval>() - 8usize];
    ["Offset of field: Interval::time"][::core::mem::offset_of!(Interval, time) - 0usize];
    ["Offset of field: Interval::day"][::core::mem::offset_of!(Interval, day) - 8usize];
    ["Offset of field: Interval::month"][::core::mem::offset_of!(Interval, month) - 12usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of BackgroundWorker"][::core::mem::size_of::<BackgroundWorker>() - 544usize];
    ["Alignment of BackgroundWorker"][::core::mem::align_of::<BackgroundWorker>() - 8usize];
    ["Offset of field: BackgroundWorker::bgw_name"]
        [::core::mem::offset_of!(BackgroundWorker, bgw_name) - 0usize];
    ["Offset of field: BackgroundWorker::bgw_type"]
        [::core::mem::offset_of!(BackgroundWorker, bgw_type) - 96usize];
    ["Offset of field: BackgroundWorker::bgw_flags"]
        [::core::mem::offset_of!(BackgroundWorker, bgw_flags) - 192usize];
    ["Offset of field: BackgroundWorker::bgw_start_time"]
        [::core::mem::offset_of!(BackgroundWorker, bgw_start_time) - 196usize];
    ["Offset of field: BackgroundWorker::bgw_restart_time"]
        [::core::mem::offset_of!(BackgroundWorker, bgw_restart_time) - 200usize];
    ["Offset of field: BackgroundWorker::bgw_library_name"]
        [::core::mem::offset_of!(BackgroundWorker, bgw_library_name) - 204usize];
    ["Offset of field: BackgroundWorker::bgw_function_name"]
        [::core::mem::offset_of!(BackgroundWorker, bgw_function_name) - 300usize];
    ["Offset of field: BackgroundWorker::bgw_main_arg"]
        [::core::mem::offset_of!(BackgroundWorker, bgw_main_arg) - 400usize];
    ["Offset of field: BackgroundWorker::bgw_extra"]
        [::core::mem::offset_of!(BackgroundWorker, bgw_extra) - 408usize];
    ["Offset of field: BackgroundWorker::bgw_notify_pid"]
        [::core::mem::offset_of!(BackgroundWorker, bgw_notify_pid) - 536usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dlist_node"][::core::mem::size_of::<dlist_node>() - 16usize];
    ["Alignment of dlist_node"][::core::mem::align_of::<dlist_node>() - 8usize];
    ["Offset of field: dlist_node::prev"][::core::mem::offset_of!(dlist_node, prev) - 0usize];
    ["Offset of field: dlist_node::next"][::core::mem::offset_of!(dlist_node, next) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dlist_head"][::core::mem::size_of::<dlist_head>() - 16usize];
    ["Alignment of dlist_head"][::core::mem::align_of::<dlist_head>() - 8usize];
    ["Offset of field: dlist_head::head"][::core::mem::offset_of!(dlist_head, head) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dlist_iter"][::core::mem::size_of::<dlist_iter>() - 16usize];
    ["Alignment of dlist_iter"][::core::mem::align_of::<dlist_iter>() - 8usize];
    ["Offset of field: dlist_iter::cur"][::core::mem::offset_of!(dlist_iter, cur) - 0usize];
    ["Offset of field: dlist_iter::end"][::core::mem::offset_of!(dlist_iter, end) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dlist_mutable_iter"][::core::mem::size_of::<dlist_mutable_iter>() - 24usize];
    ["Alignment of dlist_mutable_iter"][::core::mem::align_of::<dlist_mutable_iter>() - 8usize];
    ["Offset of field: dlist_mutable_iter::cur"]
        [::core::mem::offset_of!(dlist_mutable_iter, cur) - 0usize];
    ["Offset of field: dlist_mutable_iter::next"]
        [::core::mem::offset_of!(dlist_mutable_iter, next) - 8usize];
    ["Offset of field: dlist_mutable_iter::end"]
        [::core::mem::offset_of!(dlist_mutable_iter, end) - 16usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of slist_node"][::core::mem::size_of::<slist_node>() - 8usize];
    ["Alignment of slist_node"][::core::mem::align_of::<slist_node>() - 8usize];
    ["Offset of field: slist_node::next"][::core::mem::offset_of!(slist_node, next) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of slist_head"][::core::mem::size_of::<slist_head>() - 8usize];
    ["Alignment of slist_head"][::core::mem::align_of::<slist_head>() - 8usize];
    ["Offset of field: slist_head::head"][::core::mem::offset_of!(slist_head, head) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of slist_iter"][::core::mem::size_of::<slist_iter>() - 8usize];
    ["Alignment of slist_iter"][::core::mem::align_of::<slist_iter>() - 8usize];
    ["Offset of field: slist_iter::cur"][::core::mem::offset_of!(slist_iter, cur) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of slist_mutable_iter"][::core::mem::size_of::<slist_mutable_iter>() - 24usize];
    ["Alignment of slist_mutable_iter"][::core::mem::align_of::<slist_mutable_iter>() - 8usize];
    ["Offset of field: slist_mutable_iter::cur"]
        [::core::mem::offset_of!(slist_mutable_iter, cur) - 0usize];
    ["Offset of field: slist_mutable_iter::next"]
        [::core::mem::offset_of!(slist_mutable_iter, next) - 8usize];
    ["Offset of field: slist_mutable_iter::prev"]
        [::core::mem::offset_of!(slist_mutable_iter, prev) - 16usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of Latch"][::core::mem::size_of::<Latch>() - 12usize];
    ["Alignment of Latch"][::core::mem::align_of::<Latch>() - 4usize];
    ["Offset of field: Latch::is_set"][::core::mem::offset_of!(Latch, is_set) - 0usize];
    ["Offset of field: Latch::is_shared"][::core::mem::offset_of!(Latch, is_shared) - 4usize];
    ["Offset of field: Latch::owner_pid"][::core::mem::offset_of!(Latch, owner_pid) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of WaitEvent"][::core::mem::size_of::<WaitEvent>() - 24usize];
    ["Alignment of WaitEvent"][::core::mem::align_of::<WaitEvent>() - 8usize];
    ["Offset of field: WaitEvent::pos"][::core::mem::offset_of!(WaitEvent, pos) - 0usize];
    ["Offset of field: WaitEvent::events"][::core::mem::offset_of!(WaitEvent, events) - 4usize];
    ["Offset of field: WaitEvent::fd"][::core::mem::offset_of!(WaitEvent, fd) - 8usize];
    ["Offset of field: WaitEvent::user_data"]
        [::core::mem::offset_of!(WaitEvent, user_data) - 16usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of BlockIdData"][::core::mem::size_of::<BlockIdData>() - 4usize];
    ["Alignment of BlockIdData"][::core::mem::align_of::<BlockIdData>() - 2usize];
    ["Offset of field: BlockIdData::bi_hi"][::core::mem::offset_of!(BlockIdData, bi_hi) - 0usize];
    ["Offset of field: BlockIdData::bi_lo"][::core::mem::offset_of!(BlockIdData, bi_lo) - 2usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of StringInfoData"][::core::mem::size_of::<StringInfoData>() - 24usize];
    ["Alignment of StringInfoData"][::core::mem::align_of::<StringInfoData>() - 8usize];
    ["Offset of field: StringInfoData::data"]
        [::core::mem::offset_of!(StringInfoData, data) - 0usize];
    ["Offset of field: StringInfoData::len"][::core::mem::offset_of!(StringInfoData, len) - 8usize];
    ["Offset of field: StringInfoData::maxlen"]
        [::core::mem::offset_of!(StringInfoData, maxlen) - 12usize];
    ["Offset of field: StringInfoData::cursor"]
        [::core::mem::offset_of!(StringInfoData, cursor) - 16usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of proclist_head"][::core::mem::size_of::<proclist_head>() - 8usize];
    ["Alignment of proclist_head"][::core::mem::align_of::<proclist_head>() - 4usize];
    ["Offset of field: proclist_head::head"][::core::mem::offset_of!(proclist_head, head) - 0usize];
    ["Offset of field: proclist_head::tail"][::core::mem::offset_of!(proclist_head, tail) - 4usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of pg_atomic_flag"][::core::mem::size_of::<pg_atomic_flag>() - 1usize];
    ["Alignment of pg_atomic_flag"][::core::mem::align_of::<pg_atomic_flag>() - 1usize];
    ["Offset of field: pg_atomic_flag::value"]
        [::core::mem::offset_of!(pg_atomic_flag, value) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of pg_atomic_uint32"][::core::mem::size_of::<pg_atomic_uint32>() - 4usize];
    ["Alignment of pg_atomic_uint32"][::core::mem::align_of::<pg_atomic_uint32>() - 4usize];
    ["Offset of field: pg_atomic_uint32::value"]
        [::core::mem::offset_of!(pg_atomic_uint32, value) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of pg_atomic_uint64"][::core::mem::size_of::<pg_atomic_uint64>() - 8usize];
    ["Alignment of pg_atomic_uint64"][::core::mem::align_of::<pg_atomic_uint64>() - 8usize];
    ["Offset of field: pg_atomic_uint64::value"]
        [::core::mem::offset_of!(pg_atomic_uint64, value) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of LWLock"][::core::mem::size_of::<LWLock>() - 16usize];
    ["Alignment of LWLock"][::core::mem::align_of::<LWLock>() - 4usize];
    ["Offset of field: LWLock::tranche"][::core::mem::offset_of!(LWLock, tranche) - 0usize];
    ["Offset of field: LWLock::state"][::core::mem::offset_of!(LWLock, state) - 4usize];
    ["Offset of field: LWLock::waiters"][::core::mem::offset_of!(LWLock, waiters) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of LWLockPadded"][::core::mem::size_of::<LWLockPadded>() - 128usize];
    ["Alignment of LWLockPadded"][::core::mem::align_of::<LWLockPadded>() - 4usize];
    ["Offset of field: LWLockPadded::lock"][::core::mem::offset_of!(LWLockPadded, lock) - 0usize];
    ["Offset of field: LWLockPadded::pad"][::core::mem::offset_of!(LWLockPadded, pad) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of HASHELEMENT"][::core::mem::size_of::<HASHELEMENT>() - 16usize];
    ["Alignment of HASHELEMENT"][::core::mem::align_of::<HASHELEMENT>() - 8usize];
    ["Offset of field: HASHELEMENT::link"][::core::mem::offset_of!(HASHELEMENT, link) - 0usize];
    ["Offset of field: HASHELEMENT::hashvalue"]
        [::core::mem::offset_of!(HASHELEMENT, hashvalue) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of HASHCTL"][::core::mem::size_of::<HASHCTL>() - 104usize];
    ["Alignment of HASHCTL"][::core::mem::align_of::<HASHCTL>() - 8usize];
    ["Offset of field: HASHCTL::num_partitions"]
        [::core::mem::offset_of!(HASHCTL, num_partitions) - 0usize];
    ["Offset of field: HASHCTL::ssize"][::core::mem::offset_of!(HASHCTL, ssize) - 8usize];
    ["Offset of field: HASHCTL::dsize"][::core::mem::offset_of!(HASHCTL, dsize) - 16usize];
    ["Offset of field: HASHCTL::max_dsize"][::core::mem::offset_of!(HASHCTL, max_dsize) - 24usize];
    ["Offset of field: HASHCTL::ffactor"][::core::mem::offset_of!(HASHCTL, ffactor) - 32usize];
    ["Offset of field: HASHCTL::keysize"][::core::mem::offset_of!(HASHCTL, keysize) - 40usize];
    ["Offset of field: HASHCTL::entrysize"][::core::mem::offset_of!(HASHCTL, entrysize) - 48usize];
    ["Offset of field: HASHCTL::hash"][::core::mem::offset_of!(HASHCTL, hash) - 56usize];
    ["Offset of field: HASHCTL::match_"][::core::mem::offset_of!(HASHCTL, match_) - 64usize];
    ["Offset of field: HASHCTL::keycopy"][::core::mem::offset_of!(HASHCTL, keycopy) - 72usize];
    ["Offset of field: HASHCTL::alloc"][::core::mem::offset_of!(HASHCTL, alloc) - 80usize];
    ["Offset of field: HASHCTL::hcxt"][::core::mem::offset_of!(HASHCTL, hcxt) - 88usize];
    ["Offset of field: HASHCTL::hctl"][::core::mem::offset_of!(HASHCTL, hctl) - 96usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of HASH_SEQ_STATUS"][::core::mem::size_of::<HASH_SEQ_STATUS>() - 24usize];
    ["Alignment of HASH_SEQ_STATUS"][::core::mem::align_of::<HASH_SEQ_STATUS>() - 8usize];
    ["Offset of field: HASH_SEQ_STATUS::hashp"]
        [::core::mem::offset_of!(HASH_SEQ_STATUS, hashp) - 0usize];
    ["Offset of field: HASH_SEQ_STATUS::curBucket"]
        [::core::mem::offset_of!(HASH_SEQ_STATUS, curBucket) - 8usize];
    ["Offset of field: HASH_SEQ_STATUS::curEntry"]
        [::core::mem::offset_of!(HASH_SEQ_STATUS, curEntry) - 16usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of LOCKTAG"][::core::mem::size_of::<LOCKTAG>() - 16usize];
    ["Alignment of LOCKTAG"][::core::mem::align_of::<LOCKTAG>() - 4usize];
    ["Offset of field: LOCKTAG::locktag_field1"]
        [::core::mem::offset_of!(LOCKTAG, locktag_field1) - 0usize];
    ["Offset of field: LOCKTAG::locktag_field2"]
        [::core::mem::offset_of!(LOCKTAG, locktag_field2) - 4usize];
    ["Offset of field: LOCKTAG::locktag_field3"]
        [::core::mem::offset_of!(LOCKTAG, locktag_field3) - 8usize];
    ["Offset of field: LOCKTAG::locktag_field4"]
        [::core::mem::offset_of!(LOCKTAG, locktag_field4) - 12usize];
    ["Offset of field: LOCKTAG::locktag_type"]
        [::core::mem::offset_of!(LOCKTAG, locktag_type) - 14usize];
    ["Offset of field: LOCKTAG::locktag_lockmethodid"]
        [::core::mem::offset_of!(LOCKTAG, locktag_lockmethodid) - 15usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ParamExternData"][::core::mem::size_of::<ParamExternData>() - 16usize];
    ["Alignment of ParamExternData"][::core::mem::align_of::<ParamExternData>() - 8usize];
    ["Offset of field: ParamExternData::value"]
        [::core::mem::offset_of!(ParamExternData, value) - 0usize];
    ["Offset of field: ParamExternData::isnull"]
        [::core::mem::offset_of!(ParamExternData, isnull) - 8usize];
    ["Offset of field: ParamExternData::pflags"]
        [::core::mem::offset_of!(ParamExternData, pflags) - 10usize];
    ["Offset of field: ParamExternData::ptype"]
        [::core::mem::offset_of!(ParamExternData, ptype) - 12usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ParamListInfoData"][::core::mem::size_of::<ParamListInfoData>() - 56usize];
    ["Alignment of ParamListInfoData"][::core::mem::align_of::<ParamListInfoData>() - 8usize];
    ["Offset of field: ParamListInfoData::paramFetch"]
        [::core::mem::offset_of!(ParamListInfoData, paramFetch) - 0usize];
    ["Offset of field: ParamListInfoData::paramFetchArg"]
        [::core::mem::offset_of!(ParamListInfoData, paramFetchArg) - 8usize];
    ["Offset of field: ParamListInfoData::paramCompile"]
        [::core::mem::offset_of!(ParamListInfoData, paramCompile) - 16usize];
    ["Offset of field: ParamListInfoData::paramCompileArg"]
        [::core::mem::offset_of!(ParamListInfoData, paramCompileArg) - 24usize];
    ["Offset of field: ParamListInfoData::parserSetup"]
        [::core::mem::offset_of!(ParamListInfoData, parserSetup) - 32usize];
    ["Offset of field: ParamListInfoData::parserSetupArg"]
        [::core::mem::offset_of!(ParamListInfoData, parserSetupArg) - 40usize];
    ["Offset of field: ParamListInfoData::numParams"]
        [::core::mem::offset_of!(ParamListInfoData, numParams) - 48usize];
    ["Offset of field: ParamListInfoData::params"]
        [::core::mem::offset_of!(ParamListInfoData, params) - 56usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of Node"][::core::mem::size_of::<Node>() - 4usize];
    ["Alignment of Node"][::core::mem::align_of::<Node>() - 4usize];
    ["Offset of field: Node::type_"][::core::mem::offset_of!(Node, type_) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of List"][::core::mem::size_of::<List>() - 24usize];
    ["Alignment of List"][::core::mem::align_of::<List>() - 8usize];
    ["Offset of field: List::type_"][::core::mem::offset_of!(List, type_) - 0usize];
    ["Offset of field: List::length"][::core::mem::offset_of!(List, length) - 4usize];
    ["Offset of field: List::head"][::core::mem::offset_of!(List, head) - 8usize];
    ["Offset of field: List::tail"][::core::mem::offset_of!(List, tail) - 16usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ListCell__bindgen_ty_1"][::core::mem::size_of::<ListCell__bindgen_ty_1>() - 8usize];
    ["Alignment of ListCell__bindgen_ty_1"]
        [::core::mem::align_of::<ListCell__bindgen_ty_1>() - 8usize];
    ["Offset of field: ListCell__bindgen_ty_1::ptr_value"]
        [::core::mem::offset_of!(ListCell__bindgen_ty_1, ptr_value) - 0usize];
    ["Offset of field: ListCell__bindgen_ty_1::int_value"]
        [::core::mem::offset_of!(ListCell__bindgen_ty_1, int_value) - 0usize];
    ["Offset of field: ListCell__bindgen_ty_1::oid_value"]
        [::core::mem::offset_of!(ListCell__bindgen_ty_1, oid_value) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ListCell"][::core::mem::size_of::<ListCell>() - 16usize];
    ["Alignment of ListCell"][::core::mem::align_of::<ListCell>() - 8usize];
    ["Offset of field: ListCell::data"][::core::mem::offset_of!(ListCell, data) - 0usize];
    ["Offset of field: ListCell::next"][::core::mem::offset_of!(ListCell, next) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of Alias"][::core::mem::size_of::<Alias>() - 24usize];
    ["Alignment of Alias"][::core::mem::align_of::<Alias>() - 8usize];
    ["Offset of field: Alias::type_"][::core::mem::offset_of!(Alias, type_) - 0usize];
    ["Offset of field: Alias::aliasname"][::core::mem::offset_of!(Alias, aliasname) - 8usize];
    ["Offset of field: Alias::colnames"][::core::mem::offset_of!(Alias, colnames) - 16usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of RangeVar"][::core::mem::size_of::<RangeVar>() - 56usize];
    ["Alignment of RangeVar"][::core::mem::align_of::<RangeVar>() - 8usize];
    ["Offset of field: RangeVar::type_"][::core::mem::offset_of!(RangeVar, type_) - 0usize];
    ["Offset of field: RangeVar::catalogname"]
        [::core::mem::offset_of!(RangeVar, catalogname) - 8usize];
    ["Offset of field: RangeVar::schemaname"]
        [::core::mem::offset_of!(RangeVar, schemaname) - 16usize];
    ["Offset of field: RangeVar::relname"][::core::mem::offset_of!(RangeVar, relname) - 24usize];
    ["Offset of field: RangeVar::inh"][::core::mem::offset_of!(RangeVar, inh) - 32usize];
    ["Offset of field: RangeVar::relpersistence"]
        [::core::mem::offset_of!(RangeVar, relpersistence) - 33usize];
    ["Offset of field: RangeVar::alias"][::core::mem::offset_of!(RangeVar, alias) - 40usize];
    ["Offset of field: RangeVar::location"][::core::mem::offset_of!(RangeVar, location) - 48usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of RawStmt"][::core::mem::size_of::<RawStmt>() - 24usize];
    ["Alignment of RawStmt"][::core::mem::align_of::<RawStmt>() - 8usize];
    ["Offset of field: RawStmt::type_"][::core::mem::offset_of!(RawStmt, type_) - 0usize];
    ["Offset of field: RawStmt::stmt"][::core::mem::offset_of!(RawStmt, stmt) - 8usize];
    ["Offset of field: RawStmt::stmt_location"]
        [::core::mem::offset_of!(RawStmt, stmt_location) - 16usize];
    ["Offset of field: RawStmt::stmt_len"][::core::mem::offset_of!(RawStmt, stmt_len) - 20usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of TransactionStmt"][::core::mem::size_of::<TransactionStmt>() - 40usize];
    ["Alignment of TransactionStmt"][::core::mem::align_of::<TransactionStmt>() - 8usize];
    ["Offset of field: TransactionStmt::type_"]
        [::core::mem::offset_of!(TransactionStmt, type_) - 0usize];
    ["Offset of field: TransactionStmt::kind"]
        [::core::mem::offset_of!(TransactionStmt, kind) - 4usize];
    ["Offset of field: TransactionStmt::options"]
        [::core::mem::offset_of!(TransactionStmt, options) - 8usize];
    ["Offset of field: TransactionStmt::savepoint_name"]
        [::core::mem::offset_of!(TransactionStmt, savepoint_name) - 16usize];
    ["Offset of field: TransactionStmt::gid"]
        [::core::mem::offset_of!(TransactionStmt, gid) - 24usize];
    ["Offset of field: TransactionStmt::chain"]
        [::core::mem::offset_of!(TransactionStmt, chain) - 32usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ItemPointerData"][::core::mem::size_of::<ItemPointerData>() - 6usize];
    ["Alignment of ItemPointerData"][::core::mem::align_of::<ItemPointerData>() - 2usize];
    ["Offset of field: ItemPointerData::ip_blkid"]
        [::core::mem::offset_of!(ItemPointerData, ip_blkid) - 0usize];
    ["Offset of field: ItemPointerData::ip_posid"]
        [::core::mem::offset_of!(ItemPointerData, ip_posid) - 4usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of HeapTupleData"][::core::mem::size_of::<HeapTupleData>() - 24usize];
    ["Alignment of HeapTupleData"][::core::mem::align_of::<HeapTupleData>() - 8usize];
    ["Offset of field: HeapTupleData::t_len"]
        [::core::mem::offset_of!(HeapTupleData, t_len) - 0usize];
    ["Offset of field: HeapTupleData::t_self"]
        [::core::mem::offset_of!(HeapTupleData, t_self) - 4usize];
    ["Offset of field: HeapTupleData::t_tableOid"]
        [::core::mem::offset_of!(HeapTupleData, t_tableOid) - 12usize];
    ["Offset of field: HeapTupleData::t_data"]
        [::core::mem::offset_of!(HeapTupleData, t_data) - 16usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of FormData_pg_attribute"][::core::mem::size_of::<FormData_pg_attribute>() - 112usize];
    ["Alignment of FormData_pg_attribute"]
        [::core::mem::align_of::<FormData_pg_attribute>() - 4usize];
    ["Offset of field: FormData_pg_attribute::attrelid"]
        [::core::mem::offset_of!(FormData_pg_attribute, attrelid) - 0usize];
    ["Offset of field: FormData_pg_attribute::attname"]
        [::core::mem::offset_of!(FormData_pg_attribute, attname) - 4usize];
    ["Offset of field: FormData_pg_attribute::atttypid"]
        [::core::mem::offset_of!(FormData_pg_attribute, atttypid) - 68usize];
    ["Offset of field: FormData_pg_attribute::attstattarget"]
        [::core::mem::offset_of!(FormData_pg_attribute, attstattarget) - 72usize];
    ["Offset of field: FormData_pg_attribute::attlen"]
        [::core::mem::offset_of!(FormData_pg_attribute, attlen) - 76usize];
    ["Offset of field: FormData_pg_attribute::attnum"]
        [::core::mem::offset_of!(FormData_pg_attribute, attnum) - 78usize];
    ["Offset of field: FormData_pg_attribute::attndims"]
        [::core::mem::offset_of!(FormData_pg_attribute, attndims) - 80usize];
    ["Offset of field: FormData_pg_attribute::attcacheoff"]
        [::core::mem::offset_of!(FormData_pg_attribute, attcacheoff) - 84usize];
    ["Offset of field: FormData_pg_attribute::atttypmod"]
        [::core::mem::offset_of!(FormData_pg_attribute, atttypmod) - 88usize];
    ["Offset of field: FormData_pg_attribute::attbyval"]
        [::core::mem::offset_of!(FormData_pg_attribute, attbyval) - 92usize];
    ["Offset of field: FormData_pg_attribute::attstorage"]
        [::core::mem::offset_of!(FormData_pg_attribute, attstorage) - 93usize];
    ["Offset of field: FormData_pg_attribute::attalign"]
        [::core::mem::offset_of!(FormData_pg_attribute, attalign) - 94usize];
    ["Offset of field: FormData_pg_attribute::attnotnull"]
        [::core::mem::offset_of!(FormData_pg_attribute, attnotnull) - 95usize];
    ["Offset of field: FormData_pg_attribute::atthasdef"]
        [::core::mem::offset_of!(FormData_pg_attribute, atthasdef) - 96usize];
    ["Offset of field: FormData_pg_attribute::atthasmissing"]
        [::core::mem::offset_of!(FormData_pg_attribute, atthasmissing) - 97usize];
    ["Offset of field: FormData_pg_attribute::attidentity"]
        [::core::mem::offset_of!(FormData_pg_attribute, attidentity) - 98usize];
    ["Offset of field: FormData_pg_attribute::attgenerated"]
        [::core::mem::offset_of!(FormData_pg_attribute, attgenerated) - 99usize];
    ["Offset of field: FormData_pg_attribute::attisdropped"]
        [::core::mem::offset_of!(FormData_pg_attribute, attisdropped) - 100usize];
    ["Offset of field: FormData_pg_attribute::attislocal"]
        [::core::mem::offset_of!(FormData_pg_attribute, attislocal) - 101usize];
    ["Offset of field: FormData_pg_attribute::attinhcount"]
        [::core::mem::offset_of!(FormData_pg_attribute, attinhcount) - 104usize];
    ["Offset of field: FormData_pg_attribute::attcollation"]
        [::core::mem::offset_of!(FormData_pg_attribute, attcollation) - 108usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of TupleDescData"][::core::mem::size_of::<TupleDescData>() - 24usize];
    ["Alignment of TupleDescData"][::core::mem::align_of::<TupleDescData>() - 8usize];
    ["Offset of field: TupleDescData::natts"]
        [::core::mem::offset_of!(TupleDescData, natts) - 0usize];
    ["Offset of field: TupleDescData::tdtypeid"]
        [::core::mem::offset_of!(TupleDescData, tdtypeid) - 4usize];
    ["Offset of field: TupleDescData::tdtypmod"]
        [::core::mem::offset_of!(TupleDescData, tdtypmod) - 8usize];
    ["Offset of field: TupleDescData::tdrefcount"]
        [::core::mem::offset_of!(TupleDescData, tdrefcount) - 12usize];
    ["Offset of field: TupleDescData::constr"]
        [::core::mem::offset_of!(TupleDescData, constr) - 16usize];
    ["Offset of field: TupleDescData::attrs"]
        [::core::mem::offset_of!(TupleDescData, attrs) - 24usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of HeapTupleFields__bindgen_ty_1"]
        [::core::mem::size_of::<HeapTupleFields__bindgen_ty_1>() - 4usize];
    ["Alignment of HeapTupleFields__bindgen_ty_1"]
        [::core::mem::align_of::<HeapTupleFields__bindgen_ty_1>() - 4usize];
    ["Offset of field: HeapTupleFields__bindgen_ty_1::t_cid"]
        [::core::mem::offset_of!(HeapTupleFields__bindgen_ty_1, t_cid) - 0usize];
    ["Offset of field: HeapTupleFields__bindgen_ty_1::t_xvac"]
        [::core::mem::offset_of!(HeapTupleFields__bindgen_ty_1, t_xvac) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of HeapTupleFields"][::core::mem::size_of::<HeapTupleFields>() - 12usize];
    ["Alignment of HeapTupleFields"][::core::mem::align_of::<HeapTupleFields>() - 4usize];
    ["Offset of field: HeapTupleFields::t_xmin"]
        [::core::mem::offset_of!(HeapTupleFields, t_xmin) - 0usize];
    ["Offset of field: HeapTupleFields::t_xmax"]
        [::core::mem::offset_of!(HeapTupleFields, t_xmax) - 4usize];
    ["Offset of field: HeapTupleFields::t_field3"]
        [::core::mem::offset_of!(HeapTupleFields, t_field3) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of DatumTupleFields"][::core::mem::size_of::<DatumTupleFields>() - 12usize];
    ["Alignment of DatumTupleFields"][::core::mem::align_of::<DatumTupleFields>() - 4usize];
    ["Offset of field: DatumTupleFields::datum_len_"]
        [::core::mem::offset_of!(DatumTupleFields, datum_len_) - 0usize];
    ["Offset of field: DatumTupleFields::datum_typmod"]
        [::core::mem::offset_of!(DatumTupleFields, datum_typmod) - 4usize];
    ["Offset of field: DatumTupleFields::datum_typeid"]
        [::core::mem::offset_of!(DatumTupleFields, datum_typeid) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of HeapTupleHeaderData__bindgen_ty_1"]
        [::core::mem::size_of::<HeapTupleHeaderData__bindgen_ty_1>() - 12usize];
    ["Alignment of HeapTupleHeaderData__bindgen_ty_1"]
        [::core::mem::align_of::<HeapTupleHeaderData__bindgen_ty_1>() - 4usize];
    ["Offset of field: HeapTupleHeaderData__bindgen_ty_1::t_heap"]
        [::core::mem::offset_of!(HeapTupleHeaderData__bindgen_ty_1, t_heap) - 0usize];
    ["Offset of field: HeapTupleHeaderData__bindgen_ty_1::t_datum"]
        [::core::mem::offset_of!(HeapTupleHeaderData__bindgen_ty_1, t_datum) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of HeapTupleHeaderData"][::core::mem::size_of::<HeapTupleHeaderData>() - 24usize];
    ["Alignment of HeapTupleHeaderData"][::core::mem::align_of::<HeapTupleHeaderData>() - 4usize];
    ["Offset of field: HeapTupleHeaderData::t_choice"]
        [::core::mem::offset_of!(HeapTupleHeaderData, t_choice) - 0usize];
    ["Offset of field: HeapTupleHeaderData::t_ctid"]
        [::core::mem::offset_of!(HeapTupleHeaderData, t_ctid) - 12usize];
    ["Offset of field: HeapTupleHeaderData::t_infomask2"]
        [::core::mem::offset_of!(HeapTupleHeaderData, t_infomask2) - 18usize];
    ["Offset of field: HeapTupleHeaderData::t_infomask"]
        [::core::mem::offset_of!(HeapTupleHeaderData, t_infomask) - 20usize];
    ["Offset of field: HeapTupleHeaderData::t_hoff"]
        [::core::mem::offset_of!(HeapTupleHeaderData, t_hoff) - 22usize];
    ["Offset of field: HeapTupleHeaderData::t_bits"]
        [::core::mem::offset_of!(HeapTupleHeaderData, t_bits) - 23usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of MinimalTupleData"][::core::mem::size_of::<MinimalTupleData>() - 16usize];
    ["Alignment of MinimalTupleData"][::core::mem::align_of::<MinimalTupleData>() - 4usize];
    ["Offset of field: MinimalTupleData::t_len"]
        [::core::mem::offset_of!(MinimalTupleData, t_len) - 0usize];
    ["Offset of field: MinimalTupleData::mt_padding"]
        [::core::mem::offset_of!(MinimalTupleData, mt_padding) - 4usize];
    ["Offset of field: MinimalTupleData::t_infomask2"]
        [::core::mem::offset_of!(MinimalTupleData, t_infomask2) - 10usize];
    ["Offset of field: MinimalTupleData::t_infomask"]
        [::core::mem::offset_of!(MinimalTupleData, t_infomask) - 12usize];
    ["Offset of field: MinimalTupleData::t_hoff"]
        [::core::mem::offset_of!(MinimalTupleData, t_hoff) - 14usize];
    ["Offset of field: MinimalTupleData::t_bits"]
        [::core::mem::offset_of!(MinimalTupleData, t_bits) - 15usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of TupleTableSlotOps"][::core::mem::size_of::<TupleTableSlotOps>() - 96usize];
    ["Alignment of TupleTableSlotOps"][::core::mem::align_of::<TupleTableSlotOps>() - 8usize];
    ["Offset of field: TupleTableSlotOps::base_slot_size"]
        [::core::mem::offset_of!(TupleTableSlotOps, base_slot_size) - 0usize];
    ["Offset of field: TupleTableSlotOps::init"]
        [::core::mem::offset_of!(TupleTableSlotOps, init) - 8usize];
    ["Offset of field: TupleTableSlotOps::release"]
        [::core::mem::offset_of!(TupleTableSlotOps, release) - 16usize];
    ["Offset of field: TupleTableSlotOps::clear"]
        [::core::mem::offset_of!(TupleTableSlotOps, clear) - 24usize];
    ["Offset of field: TupleTableSlotOps::getsomeattrs"]
        [::core::mem::offset_of!(TupleTableSlotOps, getsomeattrs) - 32usize];
    ["Offset of field: TupleTableSlotOps::getsysattr"]
        [::core::mem::offset_of!(TupleTableSlotOps, getsysattr) - 40usize];
    ["Offset of field: TupleTableSlotOps::materialize"]
        [::core::mem::offset_of!(TupleTableSlotOps, materialize) - 48usize];
    ["Offset of field: TupleTableSlotOps::copyslot"]
        [::core::mem::offset_of!(TupleTableSlotOps, copyslot) - 56usize];
    ["Offset of field: TupleTableSlotOps::get_heap_tuple"]
        [::core::mem::offset_of!(TupleTableSlotOps, get_heap_tuple) - 64usize];
    ["Offset of field: TupleTableSlotOps::get_minimal_tuple"]
        [::core::mem::offset_of!(TupleTableSlotOps, get_minimal_tuple) - 72usize];
    ["Offset of field: TupleTableSlotOps::copy_heap_tuple"]
        [::core::mem::offset_of!(TupleTableSlotOps, copy_heap_tuple) - 80usize];
    ["Offset of field: TupleTableSlotOps::copy_minimal_tuple"]
        [::core::mem::offset_of!(TupleTableSlotOps, copy_minimal_tuple) - 88usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ArrayType"][::core::mem::size_of::<ArrayType>() - 16usize];
    ["Alignment of ArrayType"][::core::mem::align_of::<ArrayType>() - 4usize];
    ["Offset of field: ArrayType::vl_len_"][::core::mem::offset_of!(ArrayType, vl_len_) - 0usize];
    ["Offset of field: ArrayType::ndim"][::core::mem::offset_of!(ArrayType, ndim) - 4usize];
    ["Offset of field: ArrayType::dataoffset"]
        [::core::mem::offset_of!(ArrayType, dataoffset) - 8usize];
    ["Offset of field: ArrayType::elemtype"]
        [::core::mem::offset_of!(ArrayType, elemtype) - 12usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of config_enum_entry"][::core::mem::size_of::<config_enum_entry>() - 16usize];
    ["Alignment of config_enum_entry"][::core::mem::align_of::<config_enum_entry>() - 8usize];
    ["Offset of field: config_enum_entry::name"]
        [::core::mem::offset_of!(config_enum_entry, name) - 0usize];
    ["Offset of field: config_enum_entry::val"]
        [::core::mem::offset_of!(config_enum_entry, val) - 8usize];
    ["Offset of field: config_enum_entry::hidden"]
        [::core::mem::offset_of!(config_enum_entry, hidden) - 12usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of EnableTimeoutParams"][::core::mem::size_of::<EnableTimeoutParams>() - 24usize];
    ["Alignment of EnableTimeoutParams"][::core::mem::align_of::<EnableTimeoutParams>() - 8usize];
    ["Offset of field: EnableTimeoutParams::id"]
        [::core::mem::offset_of!(EnableTimeoutParams, id) - 0usize];
    ["Offset of field: EnableTimeoutParams::type_"]
        [::core::mem::offset_of!(EnableTimeoutParams, type_) - 4usize];
    ["Offset of field: EnableTimeoutParams::delay_ms"]
        [::core::mem::offset_of!(EnableTimeoutParams, delay_ms) - 8usize];
    ["Offset of field: EnableTimeoutParams::fin_time"]
        [::core::mem::offset_of!(EnableTimeoutParams, fin_time) - 16usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of DisableTimeoutParams"][::core::mem::size_of::<DisableTimeoutParams>() - 8usize];
    ["Alignment of DisableTimeoutParams"][::core::mem::align_of::<DisableTimeoutParams>() - 4usize];
    ["Offset of field: DisableTimeoutParams::id"]
        [::core::mem::offset_of!(DisableTimeoutParams, id) - 0usize];
    ["Offset of field: DisableTimeoutParams::keep_indicator"]
        [::core::mem::offset_of!(DisableTimeoutParams, keep_indicator) - 4usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ScanKeyData"][::core::mem::size_of::<ScanKeyData>() - 72usize];
    ["Alignment of ScanKeyData"][::core::mem::align_of::<ScanKeyData>() - 8usize];
    ["Offset of field: ScanKeyData::sk_flags"]
        [::core::mem::offset_of!(ScanKeyData, sk_flags) - 0usize];
    ["Offset of field: ScanKeyData::sk_attno"]
        [::core::mem::offset_of!(ScanKeyData, sk_attno) - 4usize];
    ["Offset of field: ScanKeyData::sk_strategy"]
        [::core::mem::offset_of!(ScanKeyData, sk_strategy) - 6usize];
    ["Offset of field: ScanKeyData::sk_subtype"]
        [::core::mem::offset_of!(ScanKeyData, sk_subtype) - 8usize];
    ["Offset of field: ScanKeyData::sk_collation"]
        [::core::mem::offset_of!(ScanKeyData, sk_collation) - 12usize];
    ["Offset of field: ScanKeyData::sk_func"]
        [::core::mem::offset_of!(ScanKeyData, sk_func) - 16usize];
    ["Offset of field: ScanKeyData::sk_argument"]
        [::core::mem::offset_of!(ScanKeyData, sk_argument) - 64usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ObjectAddress"][::core::mem::size_of::<ObjectAddress>() - 12usize];
    ["Alignment of ObjectAddress"][::core::mem::align_of::<ObjectAddress>() - 4usize];
    ["Offset of field: ObjectAddress::classId"]
        [::core::mem::offset_of!(ObjectAddress, classId) - 0usize];
    ["Offset of field: ObjectAddress::objectId"]
        [::core::mem::offset_of!(ObjectAddress, objectId) - 4usize];
    ["Offset of field: ObjectAddress::objectSubId"]
        [::core::mem::offset_of!(ObjectAddress, objectSubId) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ConditionVariable"][::core::mem::size_of::<ConditionVariable>() - 12usize];
    ["Alignment of ConditionVariable"][::core::mem::align_of::<ConditionVariable>() - 4usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of SPITupleTable"][::core::mem::size_of::<SPITupleTable>() - 56usize];
    ["Alignment of SPITupleTable"][::core::mem::align_of::<SPITupleTable>() - 8usize];
    ["Offset of field: SPITupleTable::tuptabcxt"]
        [::core::mem::offset_of!(SPITupleTable, tuptabcxt) - 0usize];
    ["Offset of field: SPITupleTable::alloced"]
        [::core::mem::offset_of!(SPITupleTable, alloced) - 8usize];
    ["Offset of field: SPITupleTable::free"]
        [::core::mem::offset_of!(SPITupleTable, free) - 16usize];
    ["Offset of field: SPITupleTable::tupdesc"]
        [::core::mem::offset_of!(SPITupleTable, tupdesc) - 24usize];
    ["Offset of field: SPITupleTable::vals"]
        [::core::mem::offset_of!(SPITupleTable, vals) - 32usize];
    ["Offset of field: SPITupleTable::next"]
        [::core::mem::offset_of!(SPITupleTable, next) - 40usize];
    ["Offset of field: SPITupleTable::subid"]
        [::core::mem::offset_of!(SPITupleTable, subid) - 48usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of MemoryContextData"][::core::mem::size_of::<MemoryContextData>() - 72usize];
    ["Alignment of MemoryContextData"][::core::mem::align_of::<MemoryContextData>() - 8usize];
    ["Offset of field: MemoryContextData::type_"]
        [::core::mem::offset_of!(MemoryContextData, type_) - 0usize];
    ["Offset of field: MemoryContextData::isReset"]
        [::core::mem::offset_of!(MemoryContextData, isReset) - 4usize];
    ["Offset of field: MemoryContextData::allowInCritSection"]
        [::core::mem::offset_of!(MemoryContextData, allowInCritSection) - 5usize];
    ["Offset of field: MemoryContextData::methods"]
        [::core::mem::offset_of!(MemoryContextData, methods) - 8usize];
    ["Offset of field: MemoryContextData::parent"]
        [::core::mem::offset_of!(MemoryContextData, parent) - 16usize];
    ["Offset of field: MemoryContextData::firstchild"]
        [::core::mem::offset_of!(MemoryContextData, firstchild) - 24usize];
    ["Offset of field: MemoryContextData::prevchild"]
        [::core::mem::offset_of!(MemoryContextData, prevchild) - 32usize];
    ["Offset of field: MemoryContextData::nextchild"]
        [::core::mem::offset_of!(MemoryContextData, nextchild) - 40usize];
    ["Offset of field: MemoryContextData::name"]
        [::core::mem::offset_of!(MemoryContextData, name) - 48usize];
    ["Offset of field: MemoryContextData::ident"]
        [::core::mem::offset_of!(MemoryContextData, ident) - 56usize];
    ["Offset of field: MemoryContextData::reset_cbs"]
        [::core::mem::offset_of!(MemoryContextData, reset_cbs) - 64usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of shm_mq_iovec"][::core::mem::size_of::<shm_mq_iovec>() - 16usize];
    ["Alignment of shm_mq_iovec"][::core::mem::align_of::<shm_mq_iovec>() - 8usize];
    ["Offset of field: shm_mq_iovec::data"][::core::mem::offset_of!(shm_mq_iovec, data) - 0usize];
    ["Offset of field: shm_mq_iovec::len"][::core::mem::offset_of!(shm_mq_iovec, len) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of shm_toc_estimator"][::core::mem::size_of::<shm_toc_estimator>() - 16usize];
    ["Alignment of shm_toc_estimator"][::core::mem::align_of::<shm_toc_estimator>() - 8usize];
    ["Offset of field: shm_toc_estimator::space_for_chunks"]
        [::core::mem::offset_of!(shm_toc_estimator, space_for_chunks) - 0usize];
    ["Offset of field: shm_toc_estimator::number_of_keys"]
        [::core::mem::offset_of!(shm_toc_estimator, number_of_keys) - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of SockAddr"][::core::mem::size_of::<SockAddr>() - 136usize];
    ["Alignment of SockAddr"][::core::mem::align_of::<SockAddr>() - 8usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of PgBackendSSLStatus"][::core::mem::size_of::<PgBackendSSLStatus>() - 328usize];
    ["Alignment of PgBackendSSLStatus"][::core::mem::align_of::<PgBackendSSLStatus>() - 4usize];
    ["Offset of field: PgBackendSSLStatus::ssl_bits"]
        [::core::mem::offset_of!(PgBackendSSLStatus, ssl_bits) - 0usize];
    ["Offset of field: PgBackendSSLStatus::ssl_compression"]
        [::core::mem::offset_of!(PgBackendSSLStatus, ssl_compression) - 4usize];
    ["Offset of field: PgBackendSSLStatus::ssl_version"]
        [::core::mem::offset_of!(PgBackendSSLStatus, ssl_version) - 5usize];
    ["Offset of field: PgBackendSSLStatus::ssl_cipher"]
        [::core::mem::offset_of!(PgBackendSSLStatus, ssl_cipher) - 69usize];
    ["Offset of field: PgBackendSSLStatus::ssl_client_dn"]
        [::core::mem::offset_of!(PgBackendSSLStatus, ssl_client_dn) - 133usize];
    ["Offset of field: PgBackendSSLStatus::ssl_client_serial"]
        [::core::mem::offset_of!(PgBackendSSLStatus, ssl_client_serial) - 197usize];
    ["Offset of field: PgBackendSSLStatus::ssl_issuer_dn"]
        [::core::mem::offset_of!(PgBackendSSLStatus, ssl_issuer_dn) - 261usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of PgBackendGSSStatus"][::core::mem::size_of::<PgBackendGSSStatus>() - 66usize];
    ["Alignment of PgBackendGSSStatus"][::core::mem::align_of::<PgBackendGSSStatus>() - 1usize];
    ["Offset of field: PgBackendGSSStatus::gss_princ"]
        [::core::mem::offset_of!(PgBackendGSSStatus, gss_princ) - 0usize];
    ["Offset of field: PgBackendGSSStatus::gss_auth"]
        [::core::mem::offset_of!(PgBackendGSSStatus, gss_auth) - 64usize];
    ["Offset of field: PgBackendGSSStatus::gss_enc"]
        [::core::mem::offset_of!(PgBackendGSSStatus, gss_enc) - 65usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of PgBackendStatus"][::core::mem::size_of::<PgBackendStatus>() - 424usize];
    ["Alignment of PgBackendStatus"][::core::mem::align_of::<PgBackendStatus>() - 8usize];
    ["Offset of field: PgBackendStatus::st_changecount"]
        [::core::mem::offset_of!(PgBackendStatus, st_changecount) - 0usize];
    ["Offset of field: PgBackendStatus::st_procpid"]
        [::core::mem::offset_of!(PgBackendStatus, st_procpid) - 4usize];
    ["Offset of field: PgBackendStatus::st_backendType"]
        [::core::mem::offset_of!(PgBackendStatus, st_backendType) - 8usize];
    ["Offset of field: PgBackendStatus::st_proc_start_timestamp"]
        [::core::mem::offset_of!(PgBackendStatus, st_proc_start_timestamp) - 16usize];
    ["Offset of field: PgBackendStatus::st_xact_start_timestamp"]
        [::core::mem::offset_of!(PgBackendStatus, st_xact_start_timestamp) - 24usize];
    ["Offset of field: PgBackendStatus::st_activity_start_timestamp"]
        [::core::mem::offset_of!(PgBackendStatus, st_activity_start_timestamp) - 32usize];
    ["Offset of field: PgBackendStatus::st_state_start_timestamp"]
        [::core::mem::offset_of!(PgBackendStatus, st_state_start_timestamp) - 40usize];
    ["Offset of field: PgBackendStatus::st_databaseid"]
        [::core::mem::offset_of!(PgBackendStatus, st_databaseid) - 48usize];
    ["Offset of field: PgBackendStatus::st_userid"]
        [::core::mem::offset_of!(PgBackendStatus, st_userid) - 52usize];
    ["Offset of field: PgBackendStatus::st_clientaddr"]
        [::core::mem::offset_of!(PgBackendStatus, st_clientaddr) - 56usize];
    ["Offset of field: PgBackendStatus::st_clienthostname"]
        [::core::mem::offset_of!(PgBackendStatus, st_clienthostname) - 192usize];
    ["Offset of field: PgBackendStatus::st_ssl"]
        [::core::mem::offset_of!(PgBackendStatus, st_ssl) - 200usize];
    ["Offset of field: PgBackendStatus::st_sslstatus"]
        [::core::mem::offset_of!(PgBackendStatus, st_sslstatus) - 208usize];
    ["Offset of field: PgBackendStatus::st_gss"]
        [::core::mem::offset_of!(PgBackendStatus, st_gss) - 216usize];
    ["Offset of field: PgBackendStatus::st_gssstatus"]
        [::core::mem::offset_of!(PgBackendStatus, st_gssstatus) - 224usize];
    ["Offset of field: PgBackendStatus::st_state"]
        [::core::mem::offset_of!(PgBackendStatus, st_state) - 232usize];
    ["Offset of field: PgBackendStatus::st_appname"]
        [::core::mem::offset_of!(PgBackendStatus, st_appname) - 240usize];
    ["Offset of field: PgBackendStatus::st_activity_raw"]
        [::core::mem::offset_of!(PgBackendStatus, st_activity_raw) - 248usize];
    ["Offset of field: PgBackendStatus::st_progress_command"]
        [::core::mem::offset_of!(PgBackendStatus, st_progress_command) - 256usize];
    ["Offset of field: PgBackendStatus::st_progress_command_target"]
        [::core::mem::offset_of!(PgBackendStatus, st_progress_command_target) - 260usize];
    ["Offset of field: PgBackendStatus::st_progress_param"]
        [::core::mem::offset_of!(PgBackendStatus, st_progress_param) - 264usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of LocalPgBackendStatus"][::core::mem::size_of::<LocalPgBackendStatus>() - 432usize];
    ["Alignment of LocalPgBackendStatus"][::core::mem::align_of::<LocalPgBackendStatus>() - 8usize];
    ["Offset of field: LocalPgBackendStatus::backendStatus"]
        [::core::mem::offset_of!(LocalPgBackendStatus, backendStatus) - 0usize];
    ["Offset of field: LocalPgBackendStatus::backend_xid"]
        [::core::mem::offset_of!(LocalPgBackendStatus, backend_xid) - 424usize];
    ["Offset of field: LocalPgBackendStatus::backend_xmin"]
        [::core::mem::offset_of!(LocalPgBackendStatus, backend_xmin) - 428usize];
};
pub const PGBGW_FLOAT4_BY_VALUE: pgbgw_build = 1;
pub const PGBGW_FLOAT8_BY_VALUE: pgbgw_build = 1;
#[repr(C)]
#[derive(Copy, Clone)]
pub union LWLockPadded {
    pub lock: LWLock,
    pub pad: [::core::ffi::c_char; 128usize],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union ListCell__bindgen_ty_1 {
    pub ptr_value: *mut ::core::ffi::c_void,
    pub int_value: ::core::ffi::c_int,
    pub oid_value: Oid,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union HeapTupleFields__bindgen_ty_1 {
    pub t_cid: CommandId,
    pub t_xvac: TransactionId,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union HeapTupleHeaderData__bindgen_ty_1 {
    pub t_heap: HeapTupleFields,
    pub t_datum: DatumTupleFields,
}
impl<T: Copy + Default, const N: usize> Default for __BindgenOpaqueArray8<[T; N]> {
    fn default() -> Self {
        Self([<T as Default>::default(); N])
    }
}
impl<T> __IncompleteArrayField<T> {
    #[inline]
    pub const fn new() -> Self {
        __IncompleteArrayField(::core::marker::PhantomData, [])
    }
    #[inline]
    pub fn as_ptr(&self) -> *const T {
        self as *const _ as *const T
    }
    #[inline]
    pub fn as_mut_ptr(&mut self) -> *mut T {
        self as *mut _ as *mut T
    }
    #[inline]
    pub unsafe fn as_slice(&self, len: usize) -> &[T] {
        ::core::slice::from_raw_parts(self.as_ptr(), len)
    }
    #[inline]
    pub unsafe fn as_mut_slice(&mut self, len: usize) -> &mut [T] {
        ::core::slice::from_raw_parts_mut(self.as_mut_ptr(), len)
    }
}
impl<T> ::core::fmt::Debug for __IncompleteArrayField<T> {
    fn fmt(&self, fmt: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        fmt.write_str("__IncompleteArrayField")
    }
}
impl BgWorkerStartTime {
    pub const BgWorkerStart_PostmasterStart: BgWorkerStartTime = BgWorkerStartTime(0);
    pub const BgWorkerStart_ConsistentState: BgWorkerStartTime = BgWorkerStartTime(1);
    pub const BgWorkerStart_RecoveryFinished: BgWorkerStartTime = BgWorkerStartTime(2);
}
impl BgwHandleStatus {
    pub const BGWH_STARTED: BgwHandleStatus = BgwHandleStatus(0);
    pub const BGWH_NOT_YET_STARTED: BgwHandleStatus = BgwHandleStatus(1);
    pub const BGWH_STOPPED: BgwHandleStatus = BgwHandleStatus(2);
    pub const BGWH_POSTMASTER_DIED: BgwHandleStatus = BgwHandleStatus(3);
}
impl LWLockMode {
    pub const LW_EXCLUSIVE: LWLockMode = LWLockMode(0);
    pub const LW_SHARED: LWLockMode = LWLockMode(1);
    pub const LW_WAIT_UNTIL_FREE: LWLockMode = LWLockMode(2);
}
impl HASHACTION {
    pub const HASH_FIND: HASHACTION = HASHACTION(0);
    pub const HASH_ENTER: HASHACTION = HASHACTION(1);
    pub const HASH_REMOVE: HASHACTION = HASHACTION(2);
    pub const HASH_ENTER_NULL: HASHACTION = HASHACTION(3);
}
impl LockAcquireResult {
    pub const LOCKACQUIRE_NOT_AVAIL: LockAcquireResult = LockAcquireResult(0);
    pub const LOCKACQUIRE_OK: LockAcquireResult = LockAcquireResult(1);
    pub const LOCKACQUIRE_ALREADY_HELD: LockAcquireResult = LockAcquireResult(2);
    pub const LOCKACQUIRE_ALREADY_CLEAR: LockAcquireResult = LockAcquireResult(3);
}
impl NodeTag {
    pub const T_Invalid: NodeTag = NodeTag(0);
    pub const T_IndexInfo: NodeTag = NodeTag(1);
    pub const T_ExprContext: NodeTag = NodeTag(2);
    pub const T_ProjectionInfo: NodeTag = NodeTag(3);
    pub const T_JunkFilter: NodeTag = NodeTag(4);
    pub const T_OnConflictSetState: NodeTag = NodeTag(5);
    pub const T_ResultRelInfo: NodeTag = NodeTag(6);
    pub const T_EState: NodeTag = NodeTag(7);
    pub const T_TupleTableSlot: NodeTag = NodeTag(8);
    pub const T_Plan: NodeTag = NodeTag(9);
    pub const T_Result: NodeTag = NodeTag(10);
    pub const T_ProjectSet: NodeTag = NodeTag(11);
    pub const T_ModifyTable: NodeTag = NodeTag(12);
    pub const T_Append: NodeTag = NodeTag(13);
    pub const T_MergeAppend: NodeTag = NodeTag(14);
    pub const T_RecursiveUnion: NodeTag = NodeTag(15);
    pub const T_BitmapAnd: NodeTag = NodeTag(16);
    pub const T_BitmapOr: NodeTag = NodeTag(17);
    pub const T_Scan: NodeTag = NodeTag(18);
    pub const T_SeqScan: NodeTag = NodeTag(19);
    pub const T_SampleScan: NodeTag = NodeTag(20);
    pub const T_IndexScan: NodeTag = NodeTag(21);
    pub const T_IndexOnlyScan: NodeTag = NodeTag(22);
    pub const T_BitmapIndexScan: NodeTag = NodeTag(23);
    pub const T_BitmapHeapScan: NodeTag = NodeTag(24);
    pub const T_TidScan: NodeTag = NodeTag(25);
    pub const T_SubqueryScan: NodeTag = NodeTag(26);
    pub const T_FunctionScan: NodeTag = NodeTag(27);
    pub const T_ValuesScan: NodeTag = NodeTag(28);
    pub const T_TableFuncScan: NodeTag = NodeTag(29);
    pub const T_CteScan: NodeTag = NodeTag(30);
    pub const T_NamedTuplestoreScan: NodeTag = NodeTag(31);
    pub const T_WorkTableScan: NodeTag = NodeTag(32);
    pub const T_ForeignScan: NodeTag = NodeTag(33);
    pub const T_CustomScan: NodeTag = NodeTag(34);
    pub const T_Join: NodeTag = NodeTag(35);
    pub const T_NestLoop: NodeTag = NodeTag(36);
    pub const T_MergeJoin: NodeTag = NodeTag(37);
    pub const T_HashJoin: NodeTag = NodeTag(38);
    pub const T_Material: NodeTag = NodeTag(39);
    pub const T_Sort: NodeTag = NodeTag(40);
    pub const T_Group: NodeTag = NodeTag(41);
    pub const T_Agg: NodeTag = NodeTag(42);
    pub const T_WindowAgg: NodeTag = NodeTag(43);
    pub const T_Unique: NodeTag = NodeTag(44);
    pub const T_Gather: NodeTag = NodeTag(45);
    pub const T_GatherMerge: NodeTag = NodeTag(46);
    pub const T_Hash: NodeTag = NodeTag(47);
    pub const T_SetOp: NodeTag = NodeTag(48);
    pub const T_LockRows: NodeTag = NodeTag(49);
    pub const T_Limit: NodeTag = NodeTag(50);
    pub const T_NestLoopParam: NodeTag = NodeTag(51);
    pub const T_PlanRowMark: NodeTag = NodeTag(52);
    pub const T_PartitionPruneInfo: NodeTag = NodeTag(53);
    pub const T_PartitionedRelPruneInfo: NodeTag = NodeTag(54);
    pub const T_PartitionPruneStepOp: NodeTag = NodeTag(55);
    pub const T_PartitionPruneStepCombine: NodeTag = NodeTag(56);
    pub const T_PlanInvalItem: NodeTag = NodeTag(57);
    pub const T_PlanState: NodeTag = NodeTag(58);
    pub const T_ResultState: NodeTag = NodeTag(59);
    pub const T_ProjectSetState: NodeTag = NodeTag(60);
    pub const T_ModifyTableState: NodeTag = NodeTag(61);
    pub const T_AppendState: NodeTag = NodeTag(62);
    pub const T_MergeAppendState: NodeTag = NodeTag(63);
    pub const T_RecursiveUnionState: NodeTag = NodeTag(64);
    pub const T_BitmapAndState: NodeTag = NodeTag(65);
    pub const T_BitmapOrState: NodeTag = NodeTag(66);
    pub const T_ScanState: NodeTag = NodeTag(67);
    pub const T_SeqScanState: NodeTag = NodeTag(68);
    pub const T_SampleScanState: NodeTag = NodeTag(69);
    pub const T_IndexScanState: NodeTag = NodeTag(70);
    pub const T_IndexOnlyScanState: NodeTag = NodeTag(71);
    pub const T_BitmapIndexScanState: NodeTag = NodeTag(72);
    pub const T_BitmapHeapScanState: NodeTag = NodeTag(73);
    pub const T_TidScanState: NodeTag = NodeTag(74);
    pub const T_SubqueryScanState: NodeTag = NodeTag(75);
    pub const T_FunctionScanState: NodeTag = NodeTag(76);
    pub const T_TableFuncScanState: NodeTag = NodeTag(77);
    pub const T_ValuesScanState: NodeTag = NodeTag(78);
    pub const T_CteScanState: NodeTag = NodeTag(79);
    pub const T_NamedTuplestoreScanState: NodeTag = NodeTag(80);
    pub const T_WorkTableScanState: NodeTag = NodeTag(81);
    pub const T_ForeignScanState: NodeTag = NodeTag(82);
    pub const T_CustomScanState: NodeTag = NodeTag(83);
    pub const T_JoinState: NodeTag = NodeTag(84);
    pub const T_NestLoopState: NodeTag = NodeTag(85);
    pub const T_MergeJoinState: NodeTag = NodeTag(86);
    pub const T_HashJoinState: NodeTag = NodeTag(87);
    pub const T_MaterialState: NodeTag = NodeTag(88);
    pub const T_SortState: NodeTag = NodeTag(89);
    pub const T_GroupState: NodeTag = NodeTag(90);
    pub const T_AggState: NodeTag = NodeTag(91);
    pub const T_WindowAggState: NodeTag = NodeTag(92);
    pub const T_UniqueState: NodeTag = NodeTag(93);
    pub const T_GatherState: NodeTag = NodeTag(94);
    pub const T_GatherMergeState: NodeTag = NodeTag(95);
    pub const T_HashState: NodeTag = NodeTag(96);
    pub const T_SetOpState: NodeTag = NodeTag(97);
    pub const T_LockRowsState: NodeTag = NodeTag(98);
    pub const T_LimitState: NodeTag = NodeTag(99);
    pub const T_Alias: NodeTag = NodeTag(100);
    pub const T_RangeVar: NodeTag = NodeTag(101);
    pub const T_TableFunc: NodeTag = NodeTag(102);
    pub const T_Expr: NodeTag = NodeTag(103);
    pub const T_Var: NodeTag = NodeTag(104);
    pub const T_Const: NodeTag = NodeTag(105);
    pub const T_Param: NodeTag = NodeTag(106);
    pub const T_Aggref: NodeTag = NodeTag(107);
    pub const T_GroupingFunc: NodeTag = NodeTag(108);
    pub const T_WindowFunc: NodeTag = NodeTag(109);
    pub const T_SubscriptingRef: NodeTag = NodeTag(110);
    pub const T_FuncExpr: NodeTag = NodeTag(111);
    pub const T_NamedArgExpr: NodeTag = NodeTag(112);
    pub const T_OpExpr: NodeTag = NodeTag(113);
    pub const T_DistinctExpr: NodeTag = NodeTag(114);
    pub const T_NullIfExpr: NodeTag = NodeTag(115);
    pub const T_ScalarArrayOpExpr: NodeTag = NodeTag(116);
    pub const T_BoolExpr: NodeTag = NodeTag(117);
    pub const T_SubLink: NodeTag = NodeTag(118);
    pub const T_SubPlan: NodeTag = NodeTag(119);
    pub const T_AlternativeSubPlan: NodeTag = NodeTag(120);
    pub const T_FieldSelect: NodeTag = NodeTag(121);
    pub const T_FieldStore: NodeTag = NodeTag(122);
    pub const T_RelabelType: NodeTag = NodeTag(123);
    pub const T_CoerceViaIO: NodeTag = NodeTag(124);
    pub const T_ArrayCoerceExpr: NodeTag = NodeTag(125);
    pub const T_ConvertRowtypeExpr: NodeTag = NodeTag(126);
    pub const T_CollateExpr: NodeTag = NodeTag(127);
    pub const T_CaseExpr: NodeTag = NodeTag(128);
    pub const T_CaseWhen: NodeTag = NodeTag(129);
    pub const T_CaseTestExpr: NodeTag = NodeTag(130);
    pub const T_ArrayExpr: NodeTag = NodeTag(131);
    pub const T_RowExpr: NodeTag = NodeTag(132);
    pub const T_RowCompareExpr: NodeTag = NodeTag(133);
    pub const T_CoalesceExpr: NodeTag = NodeTag(134);
    pub const T_MinMaxExpr: NodeTag = NodeTag(135);
    pub const T_SQLValueFunction: NodeTag = NodeTag(136);
    pub const T_XmlExpr: NodeTag = NodeTag(137);
    pub const T_NullTest: NodeTag = NodeTag(138);
    pub const T_BooleanTest: NodeTag = NodeTag(139);
    pub const T_CoerceToDomain: NodeTag = NodeTag(140);
    pub const T_CoerceToDomainValue: NodeTag = NodeTag(141);
    pub const T_SetToDefault: NodeTag = NodeTag(142);
    pub const T_CurrentOfExpr: NodeTag = NodeTag(143);
    pub const T_NextValueExpr: NodeTag = NodeTag(144);
    pub const T_InferenceElem: NodeTag = NodeTag(145);
    pub const T_TargetEntry: NodeTag = NodeTag(146);
    pub const T_RangeTblRef: NodeTag = NodeTag(147);
    pub const T_JoinExpr: NodeTag = NodeTag(148);
    pub const T_FromExpr: NodeTag = NodeTag(149);
    pub const T_OnConflictExpr: NodeTag = NodeTag(150);
    pub const T_IntoClause: NodeTag = NodeTag(151);
    pub const T_ExprState: NodeTag = NodeTag(152);
    pub const T_AggrefExprState: NodeTag = NodeTag(153);
    pub const T_WindowFuncExprState: NodeTag = NodeTag(154);
    pub const T_SetExprState: NodeTag = NodeTag(155);
    pub const T_SubPlanState: NodeTag = NodeTag(156);
    pub const T_AlternativeSubPlanState: NodeTag = NodeTag(157);
    pub const T_DomainConstraintState: NodeTag = NodeTag(158);
    pub const T_PlannerInfo: NodeTag = NodeTag(159);
    pub const T_PlannerGlobal: NodeTag = NodeTag(160);
    pub const T_RelOptInfo: NodeTag = NodeTag(161);
    pub const T_IndexOptInfo: NodeTag = NodeTag(162);
    pub const T_ForeignKeyOptInfo: NodeTag = NodeTag(163);
    pub const T_ParamPathInfo: NodeTag = NodeTag(164);
    pub const T_Path: NodeTag = NodeTag(165);
    pub const T_IndexPath: NodeTag = NodeTag(166);
    pub const T_BitmapHeapPath: NodeTag = NodeTag(167);
    pub const T_BitmapAndPath: NodeTag = NodeTag(168);
    pub const T_BitmapOrPath: NodeTag = NodeTag(169);
    pub const T_TidPath: NodeTag = NodeTag(170);
    pub const T_SubqueryScanPath: NodeTag = NodeTag(171);
    pub const T_ForeignPath: NodeTag = NodeTag(172);
    pub const T_CustomPath: NodeTag = NodeTag(173);
    pub const T_NestPath: NodeTag = NodeTag(174);
    pub const T_MergePath: NodeTag = NodeTag(175);
    pub const T_HashPath: NodeTag = NodeTag(176);
    pub const T_AppendPath: NodeTag = NodeTag(177);
    pub const T_MergeAppendPath: NodeTag = NodeTag(178);
    pub const T_GroupResultPath: NodeTag = NodeTag(179);
    pub const T_MaterialPath: NodeTag = NodeTag(180);
    pub const T_UniquePath: NodeTag = NodeTag(181);
    pub const T_GatherPath: NodeTag = NodeTag(182);
    pub const T_GatherMergePath: NodeTag = NodeTag(183);
    pub const T_ProjectionPath: NodeTag = NodeTag(184);
    pub const T_ProjectSetPath: NodeTag = NodeTag(185);
    pub const T_SortPath: NodeTag = NodeTag(186);
    pub const T_GroupPath: NodeTag = NodeTag(187);
    pub const T_UpperUniquePath: NodeTag = NodeTag(188);
    pub const T_AggPath: NodeTag = NodeTag(189);
    pub const T_GroupingSetsPath: NodeTag = NodeTag(190);
    pub const T_MinMaxAggPath: NodeTag = NodeTag(191);
    pub const T_WindowAggPath: NodeTag = NodeTag(192);
    pub const T_SetOpPath: NodeTag = NodeTag(193);
    pub const T_RecursiveUnionPath: NodeTag = NodeTag(194);
    pub const T_LockRowsPath: NodeTag = NodeTag(195);
    pub const T_ModifyTablePath: NodeTag = NodeTag(196);
    pub const T_LimitPath: NodeTag = NodeTag(197);
    pub const T_EquivalenceClass: NodeTag = NodeTag(198);
    pub const T_EquivalenceMember: NodeTag = NodeTag(199);
    pub const T_PathKey: NodeTag = NodeTag(200);
    pub const T_PathTarget: NodeTag = NodeTag(201);
    pub const T_RestrictInfo: NodeTag = NodeTag(202);
    pub const T_IndexClause: NodeTag = NodeTag(203);
    pub const T_PlaceHolderVar: NodeTag = NodeTag(204);
    pub const T_SpecialJoinInfo: NodeTag = NodeTag(205);
    pub const T_AppendRelInfo: NodeTag = NodeTag(206);
    pub const T_PlaceHolderInfo: NodeTag = NodeTag(207);
    pub const T_MinMaxAggInfo: NodeTag = NodeTag(208);
    pub const T_PlannerParamItem: NodeTag = NodeTag(209);
    pub const T_RollupData: NodeTag = NodeTag(210);
    pub const T_GroupingSetData: NodeTag = NodeTag(211);
    pub const T_StatisticExtInfo: NodeTag = NodeTag(212);
    pub const T_MemoryContext: NodeTag = NodeTag(213);
    pub const T_AllocSetContext: NodeTag = NodeTag(214);
    pub const T_SlabContext: NodeTag = NodeTag(215);
    pub const T_GenerationContext: NodeTag = NodeTag(216);
    pub const T_Value: NodeTag = NodeTag(217);
    pub const T_Integer: NodeTag = NodeTag(218);
    pub const T_Float: NodeTag = NodeTag(219);
    pub const T_String: NodeTag = NodeTag(220);
    pub const T_BitString: NodeTag = NodeTag(221);
    pub const T_Null: NodeTag = NodeTag(222);
    pub const T_List: NodeTag = NodeTag(223);
    pub const T_IntList: NodeTag = NodeTag(224);
    pub const T_OidList: NodeTag = NodeTag(225);
    pub const T_ExtensibleNode: NodeTag = NodeTag(226);
    pub const T_RawStmt: NodeTag = NodeTag(227);
    pub const T_Query: NodeTag = NodeTag(228);
    pub const T_PlannedStmt: NodeTag = NodeTag(229);
    pub const T_InsertStmt: NodeTag = NodeTag(230);
    pub const T_DeleteStmt: NodeTag = NodeTag(231);
    pub const T_UpdateStmt: NodeTag = NodeTag(232);
    pub const T_SelectStmt: NodeTag = NodeTag(233);
    pub const T_AlterTableStmt: NodeTag = NodeTag(234);
    pub const T_AlterTableCmd: NodeTag = NodeTag(235);
    pub const T_AlterDomainStmt: NodeTag = NodeTag(236);
    pub const T_SetOperationStmt: NodeTag = NodeTag(237);
    pub const T_GrantStmt: NodeTag = NodeTag(238);
    pub const T_GrantRoleStmt: NodeTag = NodeTag(239);
    pub const T_AlterDefaultPrivilegesStmt: NodeTag = NodeTag(240);
    pub const T_ClosePortalStmt: NodeTag = NodeTag(241);
    pub const T_ClusterStmt: NodeTag = NodeTag(242);
    pub const T_CopyStmt: NodeTag = NodeTag(243);
    pub const T_CreateStmt: NodeTag = NodeTag(244);
    pub const T_DefineStmt: NodeTag = NodeTag(245);
    pub const T_DropStmt: NodeTag = NodeTag(246);
    pub const T_TruncateStmt: NodeTag = NodeTag(247);
    pub const T_CommentStmt: NodeTag = NodeTag(248);
    pub const T_FetchStmt: NodeTag = NodeTag(249);
    pub const T_IndexStmt: NodeTag = NodeTag(250);
    pub const T_CreateFunctionStmt: NodeTag = NodeTag(251);
    pub const T_AlterFunctionStmt: NodeTag = NodeTag(252);
    pub const T_DoStmt: NodeTag = NodeTag(253);
    pub const T_RenameStmt: NodeTag = NodeTag(254);
    pub const T_RuleStmt: NodeTag = NodeTag(255);
    pub const T_NotifyStmt: NodeTag = NodeTag(256);
    pub const T_ListenStmt: NodeTag = NodeTag(257);
    pub const T_UnlistenStmt: NodeTag = NodeTag(258);
    pub const T_TransactionStmt: NodeTag = NodeTag(259);
    pub const T_ViewStmt: NodeTag = NodeTag(260);
    pub const T_LoadStmt: NodeTag = NodeTag(261);
    pub const T_CreateDomainStmt: NodeTag = NodeTag(262);
    pub const T_CreatedbStmt: NodeTag = NodeTag(263);
    pub const T_DropdbStmt: NodeTag = NodeTag(264);
    pub const T_VacuumStmt: NodeTag = NodeTag(265);
    pub const T_ExplainStmt: NodeTag = NodeTag(266);
    pub const T_CreateTableAsStmt: NodeTag = NodeTag(267);
    pub const T_CreateSeqStmt: NodeTag = NodeTag(268);
    pub const T_AlterSeqStmt: NodeTag = NodeTag(269);
    pub const T_VariableSetStmt: NodeTag = NodeTag(270);
    pub const T_VariableShowStmt: NodeTag = NodeTag(271);
    pub const T_DiscardStmt: NodeTag = NodeTag(272);
    pub const T_CreateTrigStmt: NodeTag = NodeTag(273);
    pub const T_CreatePLangStmt: NodeTag = NodeTag(274);
    pub const T_CreateRoleStmt: NodeTag = NodeTag(275);
    pub const T_AlterRoleStmt: NodeTag = NodeTag(276);
    pub const T_DropRoleStmt: NodeTag = NodeTag(277);
    pub const T_LockStmt: NodeTag = NodeTag(278);
    pub const T_ConstraintsSetStmt: NodeTag = NodeTag(279);
    pub const T_ReindexStmt: NodeTag = NodeTag(280);
    pub const T_CheckPointStmt: NodeTag = NodeTag(281);
    pub const T_CreateSchemaStmt: NodeTag = NodeTag(282);
    pub const T_AlterDatabaseStmt: NodeTag = NodeTag(283);
    pub const T_AlterDatabaseSetStmt: NodeTag = NodeTag(284);
    pub const T_AlterRoleSetStmt: NodeTag = NodeTag(285);
    pub const T_CreateConversionStmt: NodeTag = NodeTag(286);
    pub const T_CreateCastStmt: NodeTag = NodeTag(287);
    pub const T_CreateOpClassStmt: NodeTag = NodeTag(288);
    pub const T_CreateOpFamilyStmt: NodeTag = NodeTag(289);
    pub const T_AlterOpFamilyStmt: NodeTag = NodeTag(290);
    pub const T_PrepareStmt: NodeTag = NodeTag(291);
    pub const T_ExecuteStmt: NodeTag = NodeTag(292);
    pub const T_DeallocateStmt: NodeTag = NodeTag(293);
    pub const T_DeclareCursorStmt: NodeTag = NodeTag(294);
    pub const T_CreateTableSpaceStmt: NodeTag = NodeTag(295);
    pub const T_DropTableSpaceStmt: NodeTag = NodeTag(296);
    pub const T_AlterObjectDependsStmt: NodeTag = NodeTag(297);
    pub const T_AlterObjectSchemaStmt: NodeTag = NodeTag(298);
    pub const T_AlterOwnerStmt: NodeTag = NodeTag(299);
    pub const T_AlterOperatorStmt: NodeTag = NodeTag(300);
    pub const T_DropOwnedStmt: NodeTag = NodeTag(301);
    pub const T_ReassignOwnedStmt: NodeTag = NodeTag(302);
    pub const T_CompositeTypeStmt: NodeTag = NodeTag(303);
    pub const T_CreateEnumStmt: NodeTag = NodeTag(304);
    pub const T_CreateRangeStmt: NodeTag = NodeTag(305);
    pub const T_AlterEnumStmt: NodeTag = NodeTag(306);
    pub const T_AlterTSDictionaryStmt: NodeTag = NodeTag(307);
    pub const T_AlterTSConfigurationStmt: NodeTag = NodeTag(308);
    pub const T_CreateFdwStmt: NodeTag = NodeTag(309);
    pub const T_AlterFdwStmt: NodeTag = NodeTag(310);
    pub const T_CreateForeignServerStmt: NodeTag = NodeTag(311);
    pub const T_AlterForeignServerStmt: NodeTag = NodeTag(312);
    pub const T_CreateUserMappingStmt: NodeTag = NodeTag(313);
    pub const T_AlterUserMappingStmt: NodeTag = NodeTag(314);
    pub const T_DropUserMappingStmt: NodeTag = NodeTag(315);
    pub const T_AlterTableSpaceOptionsStmt: NodeTag = NodeTag(316);
    pub const T_AlterTableMoveAllStmt: NodeTag = NodeTag(317);
    pub const T_SecLabelStmt: NodeTag = NodeTag(318);
    pub const T_CreateForeignTableStmt: NodeTag = NodeTag(319);
    pub const T_ImportForeignSchemaStmt: NodeTag = NodeTag(320);
    pub const T_CreateExtensionStmt: NodeTag = NodeTag(321);
    pub const T_AlterExtensionStmt: NodeTag = NodeTag(322);
    pub const T_AlterExtensionContentsStmt: NodeTag = NodeTag(323);
    pub const T_CreateEventTrigStmt: NodeTag = NodeTag(324);
    pub const T_AlterEventTrigStmt: NodeTag = NodeTag(325);
    pub const T_RefreshMatViewStmt: NodeTag = NodeTag(326);
    pub const T_ReplicaIdentityStmt: NodeTag = NodeTag(327);
    pub const T_AlterSystemStmt: NodeTag = NodeTag(328);
    pub const T_CreatePolicyStmt: NodeTag = NodeTag(329);
    pub const T_AlterPolicyStmt: NodeTag = NodeTag(330);
    pub const T_CreateTransformStmt: NodeTag = NodeTag(331);
    pub const T_CreateAmStmt: NodeTag = NodeTag(332);
    pub const T_CreatePublicationStmt: NodeTag = NodeTag(333);
    pub const T_AlterPublicationStmt: NodeTag = NodeTag(334);
    pub const T_CreateSubscriptionStmt: NodeTag = NodeTag(335);
    pub const T_AlterSubscriptionStmt: NodeTag = NodeTag(336);
    pub const T_DropSubscriptionStmt: NodeTag = NodeTag(337);
    pub const T_CreateStatsStmt: NodeTag = NodeTag(338);
    pub const T_AlterCollationStmt: NodeTag = NodeTag(339);
    pub const T_CallStmt: NodeTag = NodeTag(340);
    pub const T_A_Expr: NodeTag = NodeTag(341);
    pub const T_ColumnRef: NodeTag = NodeTag(342);
    pub const T_ParamRef: NodeTag = NodeTag(343);
    pub const T_A_Const: NodeTag = NodeTag(344);
    pub const T_FuncCall: NodeTag = NodeTag(345);
    pub const T_A_Star: NodeTag = NodeTag(346);
    pub const T_A_Indices: NodeTag = NodeTag(347);
    pub const T_A_Indirection: NodeTag = NodeTag(348);
    pub const T_A_ArrayExpr: NodeTag = NodeTag(349);
    pub const T_ResTarget: NodeTag = NodeTag(350);
    pub const T_MultiAssignRef: NodeTag = NodeTag(351);
    pub const T_TypeCast: NodeTag = NodeTag(352);
    pub const T_CollateClause: NodeTag = NodeTag(353);
    pub const T_SortBy: NodeTag = NodeTag(354);
    pub const T_WindowDef: NodeTag = NodeTag(355);
    pub const T_RangeSubselect: NodeTag = NodeTag(356);
    pub const T_RangeFunction: NodeTag = NodeTag(357);
    pub const T_RangeTableSample: NodeTag = NodeTag(358);
    pub const T_RangeTableFunc: NodeTag = NodeTag(359);
    pub const T_RangeTableFuncCol: NodeTag = NodeTag(360);
    pub const T_TypeName: NodeTag = NodeTag(361);
    pub const T_ColumnDef: NodeTag = NodeTag(362);
    pub const T_IndexElem: NodeTag = NodeTag(363);
    pub const T_Constraint: NodeTag = NodeTag(364);
    pub const T_DefElem: NodeTag = NodeTag(365);
    pub const T_RangeTblEntry: NodeTag = NodeTag(366);
    pub const T_RangeTblFunction: NodeTag = NodeTag(367);
    pub const T_TableSampleClause: NodeTag = NodeTag(368);
    pub const T_WithCheckOption: NodeTag = NodeTag(369);
    pub const T_SortGroupClause: NodeTag = NodeTag(370);
    pub const T_GroupingSet: NodeTag = NodeTag(371);
    pub const T_WindowClause: NodeTag = NodeTag(372);
    pub const T_ObjectWithArgs: NodeTag = NodeTag(373);
    pub const T_AccessPriv: NodeTag = NodeTag(374);
    pub const T_CreateOpClassItem: NodeTag = NodeTag(375);
    pub const T_TableLikeClause: NodeTag = NodeTag(376);
    pub const T_FunctionParameter: NodeTag = NodeTag(377);
    pub const T_LockingClause: NodeTag = NodeTag(378);
    pub const T_RowMarkClause: NodeTag = NodeTag(379);
    pub const T_XmlSerialize: NodeTag = NodeTag(380);
    pub const T_WithClause: NodeTag = NodeTag(381);
    pub const T_InferClause: NodeTag = NodeTag(382);
    pub const T_OnConflictClause: NodeTag = NodeTag(383);
    pub const T_CommonTableExpr: NodeTag = NodeTag(384);
    pub const T_RoleSpec: NodeTag = NodeTag(385);
    pub const T_TriggerTransition: NodeTag = NodeTag(386);
    pub const T_PartitionElem: NodeTag = NodeTag(387);
    pub const T_PartitionSpec: NodeTag = NodeTag(388);
    pub const T_PartitionBoundSpec: NodeTag = NodeTag(389);
    pub const T_PartitionRangeDatum: NodeTag = NodeTag(390);
    pub const T_PartitionCmd: NodeTag = NodeTag(391);
    pub const T_VacuumRelation: NodeTag = NodeTag(392);
    pub const T_IdentifySystemCmd: NodeTag = NodeTag(393);
    pub const T_BaseBackupCmd: NodeTag = NodeTag(394);
    pub const T_CreateReplicationSlotCmd: NodeTag = NodeTag(395);
    pub const T_DropReplicationSlotCmd: NodeTag = NodeTag(396);
    pub const T_StartReplicationCmd: NodeTag = NodeTag(397);
    pub const T_TimeLineHistoryCmd: NodeTag = NodeTag(398);
    pub const T_SQLCmd: NodeTag = NodeTag(399);
    pub const T_TriggerData: NodeTag = NodeTag(400);
    pub const T_EventTriggerData: NodeTag = NodeTag(401);
    pub const T_ReturnSetInfo: NodeTag = NodeTag(402);
    pub const T_WindowObjectData: NodeTag = NodeTag(403);
    pub const T_TIDBitmap: NodeTag = NodeTag(404);
    pub const T_InlineCodeBlock: NodeTag = NodeTag(405);
    pub const T_FdwRoutine: NodeTag = NodeTag(406);
    pub const T_IndexAmRoutine: NodeTag = NodeTag(407);
    pub const T_TableAmRoutine: NodeTag = NodeTag(408);
    pub const T_TsmRoutine: NodeTag = NodeTag(409);
    pub const T_ForeignKeyCacheInfo: NodeTag = NodeTag(410);
    pub const T_CallContext: NodeTag = NodeTag(411);
    pub const T_SupportRequestSimplify: NodeTag = NodeTag(412);
    pub const T_SupportRequestSelectivity: NodeTag = NodeTag(413);
    pub const T_SupportRequestCost: NodeTag = NodeTag(414);
    pub const T_SupportRequestRows: NodeTag = NodeTag(415);
    pub const T_SupportRequestIndexCondition: NodeTag = NodeTag(416);
}
impl FetchDirection {
    pub const FETCH_FORWARD: FetchDirection = FetchDirection(0);
    pub const FETCH_BACKWARD: FetchDirection = FetchDirection(1);
    pub const FETCH_ABSOLUTE: FetchDirection = FetchDirection(2);
    pub const FETCH_RELATIVE: FetchDirection = FetchDirection(3);
}
impl TransactionStmtKind {
    pub const TRANS_STMT_BEGIN: TransactionStmtKind = TransactionStmtKind(0);
    pub const TRANS_STMT_START: TransactionStmtKind = TransactionStmtKind(1);
    pub const TRANS_STMT_COMMIT: TransactionStmtKind = TransactionStmtKind(2);
    pub const TRANS_STMT_ROLLBACK: TransactionStmtKind = TransactionStmtKind(3);
    pub const TRANS_STMT_SAVEPOINT: TransactionStmtKind = TransactionStmtKind(4);
    pub const TRANS_STMT_RELEASE: TransactionStmtKind = TransactionStmtKind(5);
    pub const TRANS_STMT_ROLLBACK_TO: TransactionStmtKind = TransactionStmtKind(6);
    pub const TRANS_STMT_PREPARE: TransactionStmtKind = TransactionStmtKind(7);
    pub const TRANS_STMT_COMMIT_PREPARED: TransactionStmtKind = TransactionStmtKind(8);
    pub const TRANS_STMT_ROLLBACK_PREPARED: TransactionStmtKind = TransactionStmtKind(9);
}
impl ScanDirection {
    pub const BackwardScanDirection: ScanDirection = ScanDirection(-1);
    pub const NoMovementScanDirection: ScanDirection = ScanDirection(0);
    pub const ForwardScanDirection: ScanDirection = ScanDirection(1);
}
impl CommandDest {
    pub const DestNone: CommandDest = CommandDest(0);
    pub const DestDebug: CommandDest = CommandDest(1);
    pub const DestRemote: CommandDest = CommandDest(2);
    pub const DestRemoteExecute: CommandDest = CommandDest(3);
    pub const DestRemoteSimple: CommandDest = CommandDest(4);
    pub const DestSPI: CommandDest = CommandDest(5);
    pub const DestTuplestore: CommandDest = CommandDest(6);
    pub const DestIntoRel: CommandDest = CommandDest(7);
    pub const DestCopyOut: CommandDest = CommandDest(8);
    pub const DestSQLFunction: CommandDest = CommandDest(9);
    pub const DestTransientRel: CommandDest = CommandDest(10);
    pub const DestTupleQueue: CommandDest = CommandDest(11);
}
impl GucContext {
    pub const PGC_INTERNAL: GucContext = GucContext(0);
    pub const PGC_POSTMASTER: GucContext = GucContext(1);
    pub const PGC_SIGHUP: GucContext = GucContext(2);
    pub const PGC_SU_BACKEND: GucContext = GucContext(3);
    pub const PGC_BACKEND: GucContext = GucContext(4);
    pub const PGC_SUSET: GucContext = GucContext(5);
    pub const PGC_USERSET: GucContext = GucContext(6);
}
impl GucSource {
    pub const PGC_S_DEFAULT: GucSource = GucSource(0);
    pub const PGC_S_DYNAMIC_DEFAULT: GucSource = GucSource(1);
    pub const PGC_S_ENV_VAR: GucSource = GucSource(2);
    pub const PGC_S_FILE: GucSource = GucSource(3);
    pub const PGC_S_ARGV: GucSource = GucSource(4);
    pub const PGC_S_GLOBAL: GucSource = GucSource(5);
    pub const PGC_S_DATABASE: GucSource = GucSource(6);
    pub const PGC_S_USER: GucSource = GucSource(7);
    pub const PGC_S_DATABASE_USER: GucSource = GucSource(8);
    pub const PGC_S_CLIENT: GucSource = GucSource(9);
    pub const PGC_S_OVERRIDE: GucSource = GucSource(10);
    pub const PGC_S_INTERACTIVE: GucSource = GucSource(11);
    pub const PGC_S_TEST: GucSource = GucSource(12);
    pub const PGC_S_SESSION: GucSource = GucSource(13);
}
impl GucAction {
    pub const GUC_ACTION_SET: GucAction = GucAction(0);
    pub const GUC_ACTION_LOCAL: GucAction = GucAction(1);
    pub const GUC_ACTION_SAVE: GucAction = GucAction(2);
}
impl TimeoutId {
    pub const STARTUP_PACKET_TIMEOUT: TimeoutId = TimeoutId(0);
    pub const DEADLOCK_TIMEOUT: TimeoutId = TimeoutId(1);
    pub const LOCK_TIMEOUT: TimeoutId = TimeoutId(2);
    pub const STATEMENT_TIMEOUT: TimeoutId = TimeoutId(3);
    pub const STANDBY_DEADLOCK_TIMEOUT: TimeoutId = TimeoutId(4);
    pub const STANDBY_TIMEOUT: TimeoutId = TimeoutId(5);
    pub const STANDBY_LOCK_TIMEOUT: TimeoutId = TimeoutId(6);
    pub const IDLE_IN_TRANSACTION_SESSION_TIMEOUT: TimeoutId = TimeoutId(7);
    pub const USER_TIMEOUT: TimeoutId = TimeoutId(8);
    pub const MAX_TIMEOUTS: TimeoutId = TimeoutId(16);
}
impl TimeoutType {
    pub const TMPARAM_AFTER: TimeoutType = TimeoutType(0);
    pub const TMPARAM_AT: TimeoutType = TimeoutType(1);
}
impl XactEvent {
    pub const XACT_EVENT_COMMIT: XactEvent = XactEvent(0);
    pub const XACT_EVENT_PARALLEL_COMMIT: XactEvent = XactEvent(1);
    pub const XACT_EVENT_ABORT: XactEvent = XactEvent(2);
    pub const XACT_EVENT_PARALLEL_ABORT: XactEvent = XactEvent(3);
    pub const XACT_EVENT_PREPARE: XactEvent = XactEvent(4);
    pub const XACT_EVENT_PRE_COMMIT: XactEvent = XactEvent(5);
    pub const XACT_EVENT_PARALLEL_PRE_COMMIT: XactEvent = XactEvent(6);
    pub const XACT_EVENT_PRE_PREPARE: XactEvent = XactEvent(7);
}
impl SubXactEvent {
    pub const SUBXACT_EVENT_START_SUB: SubXactEvent = SubXactEvent(0);
    pub const SUBXACT_EVENT_COMMIT_SUB: SubXactEvent = SubXactEvent(1);
    pub const SUBXACT_EVENT_ABORT_SUB: SubXactEvent = SubXactEvent(2);
    pub const SUBXACT_EVENT_PRE_COMMIT_SUB: SubXactEvent = SubXactEvent(3);
}
impl ResourceReleasePhase {
    pub const RESOURCE_RELEASE_BEFORE_LOCKS: ResourceReleasePhase = ResourceReleasePhase(0);
    pub const RESOURCE_RELEASE_LOCKS: ResourceReleasePhase = ResourceReleasePhase(1);
    pub const RESOURCE_RELEASE_AFTER_LOCKS: ResourceReleasePhase = ResourceReleasePhase(2);
}
impl pg_enc {
    pub const PG_SQL_ASCII: pg_enc = pg_enc(0);
    pub const PG_EUC_JP: pg_enc = pg_enc(1);
    pub const PG_EUC_CN: pg_enc = pg_enc(2);
    pub const PG_EUC_KR: pg_enc = pg_enc(3);
    pub const PG_EUC_TW: pg_enc = pg_enc(4);
    pub const PG_EUC_JIS_2004: pg_enc = pg_enc(5);
    pub const PG_UTF8: pg_enc = pg_enc(6);
    pub const PG_MULE_INTERNAL: pg_enc = pg_enc(7);
    pub const PG_LATIN1: pg_enc = pg_enc(8);
    pub const PG_LATIN2: pg_enc = pg_enc(9);
    pub const PG_LATIN3: pg_enc = pg_enc(10);
    pub const PG_LATIN4: pg_enc = pg_enc(11);
    pub const PG_LATIN5: pg_enc = pg_enc(12);
    pub const PG_LATIN6: pg_enc = pg_enc(13);
    pub const PG_LATIN7: pg_enc = pg_enc(14);
    pub const PG_LATIN8: pg_enc = pg_enc(15);
    pub const PG_LATIN9: pg_enc = pg_enc(16);
    pub const PG_LATIN10: pg_enc = pg_enc(17);
    pub const PG_WIN1256: pg_enc = pg_enc(18);
    pub const PG_WIN1258: pg_enc = pg_enc(19);
    pub const PG_WIN866: pg_enc = pg_enc(20);
    pub const PG_WIN874: pg_enc = pg_enc(21);
    pub const PG_KOI8R: pg_enc = pg_enc(22);
    pub const PG_WIN1251: pg_enc = pg_enc(23);
    pub const PG_WIN1252: pg_enc = pg_enc(24);
    pub const PG_ISO_8859_5: pg_enc = pg_enc(25);
    pub const PG_ISO_8859_6: pg_enc = pg_enc(26);
    pub const PG_ISO_8859_7: pg_enc = pg_enc(27);
    pub const PG_ISO_8859_8: pg_enc = pg_enc(28);
    pub const PG_WIN1250: pg_enc = pg_enc(29);
    pub const PG_WIN1253: pg_enc = pg_enc(30);
    pub const PG_WIN1254: pg_enc = pg_enc(31);
    pub const PG_WIN1255: pg_enc = pg_enc(32);
    pub const PG_WIN1257: pg_enc = pg_enc(33);
    pub const PG_KOI8U: pg_enc = pg_enc(34);
    pub const PG_SJIS: pg_enc = pg_enc(35);
    pub const PG_BIG5: pg_enc = pg_enc(36);
    pub const PG_GBK: pg_enc = pg_enc(37);
    pub const PG_UHC: pg_enc = pg_enc(38);
    pub const PG_GB18030: pg_enc = pg_enc(39);
    pub const PG_JOHAB: pg_enc = pg_enc(40);
    pub const PG_SHIFT_JIS_2004: pg_enc = pg_enc(41);
    pub const _PG_LAST_ENCODING_: pg_enc = pg_enc(42);
}
impl SysCacheIdentifier {
    pub const AGGFNOID: SysCacheIdentifier = SysCacheIdentifier(0);
    pub const AMNAME: SysCacheIdentifier = SysCacheIdentifier(1);
    pub const AMOID: SysCacheIdentifier = SysCacheIdentifier(2);
    pub const AMOPOPID: SysCacheIdentifier = SysCacheIdentifier(3);
    pub const AMOPSTRATEGY: SysCacheIdentifier = SysCacheIdentifier(4);
    pub const AMPROCNUM: SysCacheIdentifier = SysCacheIdentifier(5);
    pub const ATTNAME: SysCacheIdentifier = SysCacheIdentifier(6);
    pub const ATTNUM: SysCacheIdentifier = SysCacheIdentifier(7);
    pub const AUTHMEMMEMROLE: SysCacheIdentifier = SysCacheIdentifier(8);
    pub const AUTHMEMROLEMEM: SysCacheIdentifier = SysCacheIdentifier(9);
    pub const AUTHNAME: SysCacheIdentifier = SysCacheIdentifier(10);
    pub const AUTHOID: SysCacheIdentifier = SysCacheIdentifier(11);
    pub const CASTSOURCETARGET: SysCacheIdentifier = SysCacheIdentifier(12);
    pub const CLAAMNAMENSP: SysCacheIdentifier = SysCacheIdentifier(13);
    pub const CLAOID: SysCacheIdentifier = SysCacheIdentifier(14);
    pub const COLLNAMEENCNSP: SysCacheIdentifier = SysCacheIdentifier(15);
    pub const COLLOID: SysCacheIdentifier = SysCacheIdentifier(16);
    pub const CONDEFAULT: SysCacheIdentifier = SysCacheIdentifier(17);
    pub const CONNAMENSP: SysCacheIdentifier = SysCacheIdentifier(18);
    pub const CONSTROID: SysCacheIdentifier = SysCacheIdentifier(19);
    pub const CONVOID: SysCacheIdentifier = SysCacheIdentifier(20);
    pub const DATABASEOID: SysCacheIdentifier = SysCacheIdentifier(21);
    pub const DEFACLROLENSPOBJ: SysCacheIdentifier = SysCacheIdentifier(22);
    pub const ENUMOID: SysCacheIdentifier = SysCacheIdentifier(23);
    pub const ENUMTYPOIDNAME: SysCacheIdentifier = SysCacheIdentifier(24);
    pub const EVENTTRIGGERNAME: SysCacheIdentifier = SysCacheIdentifier(25);
    pub const EVENTTRIGGEROID: SysCacheIdentifier = SysCacheIdentifier(26);
    pub const FOREIGNDATAWRAPPERNAME: SysCacheIdentifier = SysCacheIdentifier(27);
    pub const FOREIGNDATAWRAPPEROID: SysCacheIdentifier = SysCacheIdentifier(28);
    pub const FOREIGNSERVERNAME: SysCacheIdentifier = SysCacheIdentifier(29);
    pub const FOREIGNSERVEROID: SysCacheIdentifier = SysCacheIdentifier(30);
    pub const FOREIGNTABLEREL: SysCacheIdentifier = SysCacheIdentifier(31);
    pub const INDEXRELID: SysCacheIdentifier = SysCacheIdentifier(32);
    pub const LANGNAME: SysCacheIdentifier = SysCacheIdentifier(33);
    pub const LANGOID: SysCacheIdentifier = SysCacheIdentifier(34);
    pub const NAMESPACENAME: SysCacheIdentifier = SysCacheIdentifier(35);
    pub const NAMESPACEOID: SysCacheIdentifier = SysCacheIdentifier(36);
    pub const OPERNAMENSP: SysCacheIdentifier = SysCacheIdentifier(37);
    pub const OPEROID: SysCacheIdentifier = SysCacheIdentifier(38);
    pub const OPFAMILYAMNAMENSP: SysCacheIdentifier = SysCacheIdentifier(39);
    pub const OPFAMILYOID: SysCacheIdentifier = SysCacheIdentifier(40);
    pub const PARTRELID: SysCacheIdentifier = SysCacheIdentifier(41);
    pub const PROCNAMEARGSNSP: SysCacheIdentifier = SysCacheIdentifier(42);
    pub const PROCOID: SysCacheIdentifier = SysCacheIdentifier(43);
    pub const PUBLICATIONNAME: SysCacheIdentifier = SysCacheIdentifier(44);
    pub const PUBLICATIONOID: SysCacheIdentifier = SysCacheIdentifier(45);
    pub const PUBLICATIONREL: SysCacheIdentifier = SysCacheIdentifier(46);
    pub const PUBLICATIONRELMAP: SysCacheIdentifier = SysCacheIdentifier(47);
    pub const RANGETYPE: SysCacheIdentifier = SysCacheIdentifier(48);
    pub const RELNAMENSP: SysCacheIdentifier = SysCacheIdentifier(49);
    pub const RELOID: SysCacheIdentifier = SysCacheIdentifier(50);
    pub const REPLORIGIDENT: SysCacheIdentifier = SysCacheIdentifier(51);
    pub const REPLORIGNAME: SysCacheIdentifier = SysCacheIdentifier(52);
    pub const RULERELNAME: SysCacheIdentifier = SysCacheIdentifier(53);
    pub const SEQRELID: SysCacheIdentifier = SysCacheIdentifier(54);
    pub const STATEXTDATASTXOID: SysCacheIdentifier = SysCacheIdentifier(55);
    pub const STATEXTNAMENSP: SysCacheIdentifier = SysCacheIdentifier(56);
    pub const STATEXTOID: SysCacheIdentifier = SysCacheIdentifier(57);
    pub const STATRELATTINH: SysCacheIdentifier = SysCacheIdentifier(58);
    pub const SUBSCRIPTIONNAME: SysCacheIdentifier = SysCacheIdentifier(59);
    pub const SUBSCRIPTIONOID: SysCacheIdentifier = SysCacheIdentifier(60);
    pub const SUBSCRIPTIONRELMAP: SysCacheIdentifier = SysCacheIdentifier(61);
    pub const TABLESPACEOID: SysCacheIdentifier = SysCacheIdentifier(62);
    pub const TRFOID: SysCacheIdentifier = SysCacheIdentifier(63);
    pub const TRFTYPELANG: SysCacheIdentifier = SysCacheIdentifier(64);
    pub const TSCONFIGMAP: SysCacheIdentifier = SysCacheIdentifier(65);
    pub const TSCONFIGNAMENSP: SysCacheIdentifier = SysCacheIdentifier(66);
    pub const TSCONFIGOID: SysCacheIdentifier = SysCacheIdentifier(67);
    pub const TSDICTNAMENSP: SysCacheIdentifier = SysCacheIdentifier(68);
    pub const TSDICTOID: SysCacheIdentifier = SysCacheIdentifier(69);
    pub const TSPARSERNAMENSP: SysCacheIdentifier = SysCacheIdentifier(70);
    pub const TSPARSEROID: SysCacheIdentifier = SysCacheIdentifier(71);
    pub const TSTEMPLATENAMENSP: SysCacheIdentifier = SysCacheIdentifier(72);
    pub const TSTEMPLATEOID: SysCacheIdentifier = SysCacheIdentifier(73);
    pub const TYPENAMENSP: SysCacheIdentifier = SysCacheIdentifier(74);
    pub const TYPEOID: SysCacheIdentifier = SysCacheIdentifier(75);
    pub const USERMAPPINGOID: SysCacheIdentifier = SysCacheIdentifier(76);
    pub const USERMAPPINGUSERSERVER: SysCacheIdentifier = SysCacheIdentifier(77);
}
impl shm_mq_result {
    pub const SHM_MQ_SUCCESS: shm_mq_result = shm_mq_result(0);
    pub const SHM_MQ_WOULD_BLOCK: shm_mq_result = shm_mq_result(1);
    pub const SHM_MQ_DETACHED: shm_mq_result = shm_mq_result(2);
}
impl BackendType {
    pub const B_AUTOVAC_LAUNCHER: BackendType = BackendType(0);
    pub const B_AUTOVAC_WORKER: BackendType = BackendType(1);
    pub const B_BACKEND: BackendType = BackendType(2);
    pub const B_BG_WORKER: BackendType = BackendType(3);
    pub const B_BG_WRITER: BackendType = BackendType(4);
    pub const B_CHECKPOINTER: BackendType = BackendType(5);
    pub const B_STARTUP: BackendType = BackendType(6);
    pub const B_WAL_RECEIVER: BackendType = BackendType(7);
    pub const B_WAL_SENDER: BackendType = BackendType(8);
    pub const B_WAL_WRITER: BackendType = BackendType(9);
}
impl BackendState {
    pub const STATE_UNDEFINED: BackendState = BackendState(0);
    pub const STATE_IDLE: BackendState = BackendState(1);
    pub const STATE_RUNNING: BackendState = BackendState(2);
    pub const STATE_IDLEINTRANSACTION: BackendState = BackendState(3);
    pub const STATE_FASTPATH: BackendState = BackendState(4);
    pub const STATE_IDLEINTRANSACTION_ABORTED: BackendState = BackendState(5);
    pub const STATE_DISABLED: BackendState = BackendState(6);
}
impl ProgressCommandType {
    pub const PROGRESS_COMMAND_INVALID: ProgressCommandType = ProgressCommandType(0);
    pub const PROGRESS_COMMAND_VACUUM: ProgressCommandType = ProgressCommandType(1);
    pub const PROGRESS_COMMAND_CLUSTER: ProgressCommandType = ProgressCommandType(2);
    pub const PROGRESS_COMMAND_CREATE_INDEX: ProgressCommandType = ProgressCommandType(3);
}
impl ReplicationSlotPersistency {
    pub const RS_PERSISTENT: ReplicationSlotPersistency = ReplicationSlotPersistency(0);
    pub const RS_EPHEMERAL: ReplicationSlotPersistency = ReplicationSlotPersistency(1);
    pub const RS_TEMPORARY: ReplicationSlotPersistency = ReplicationSlotPersistency(2);
}
unsafe extern "C-unwind" {
    pub fn pg_usleep(microsec: ::core::ffi::c_long);
    pub fn pqsignal(signo: ::core::ffi::c_int, func: pqsigfunc) -> pqsigfunc;
    pub fn errcode(sqlerrcode: ::core::ffi::c_int) -> ::core::ffi::c_int;
    pub fn errmsg(fmt: *const ::core::ffi::c_char, ...) -> ::core::ffi::c_int;
    pub fn errmsg_internal(fmt: *const ::core::ffi::c_char, ...) -> ::core::ffi::c_int;
    pub fn errdetail(fmt: *const ::core::ffi::c_char, ...) -> ::core::ffi::c_int;
    pub fn errdetail_internal(fmt: *const ::core::ffi::c_char, ...) -> ::core::ffi::c_int;
    pub fn errhint(fmt: *const ::core::ffi::c_char, ...) -> ::core::ffi::c_int;
    pub fn set_errcontext_domain(domain: *const ::core::ffi::c_char) -> ::core::ffi::c_int;
    pub fn errcontext_msg(fmt: *const ::core::ffi::c_char, ...) -> ::core::ffi::c_int;
    pub fn format_elog_string(fmt: *const ::core::ffi::c_char, ...) -> *mut ::core::ffi::c_char;
    pub fn EmitErrorReport();
    pub fn CopyErrorData() -> *mut ErrorData;
    pub fn FreeErrorData(edata: *mut ErrorData);
    pub fn FlushErrorState();
    pub fn ReThrowError(edata: *mut ErrorData) -> !;
    pub fn ThrowErrorData(edata: *mut ErrorData);
    pub fn pg_re_throw() -> !;
    pub fn MemoryContextAlloc(context: MemoryContext, size: Size) -> *mut ::core::ffi::c_void;
    pub fn MemoryContextAllocZero(context: MemoryContext, size: Size) -> *mut ::core::ffi::c_void;
    pub fn MemoryContextAllocExtended(
        context: MemoryContext,
        size: Size,
        flags: ::core::ffi::c_int,
    ) -> *mut ::core::ffi::c_void;
    pub fn palloc(size: Size) -> *mut ::core::ffi::c_void;
    pub fn palloc0(size: Size) -> *mut ::core::ffi::c_void;
    pub fn repalloc(pointer: *mut ::core::ffi::c_void, size: Size) -> *mut ::core::ffi::c_void;
    pub fn pfree(pointer: *mut ::core::ffi::c_void);
    pub fn MemoryContextRegisterResetCallback(
        context: MemoryContext,
        cb: *mut MemoryContextCallback,
    );
    pub fn MemoryContextStrdup(
        context: MemoryContext,
        string: *const ::core::ffi::c_char,
    ) -> *mut ::core::ffi::c_char;
    pub fn pstrdup(in_: *const ::core::ffi::c_char) -> *mut ::core::ffi::c_char;
    pub fn psprintf(fmt: *const ::core::ffi::c_char, ...) -> *mut ::core::ffi::c_char;
    pub fn fmgr_info(functionId: Oid, finfo: *mut FmgrInfo);
    pub fn fmgr_info_cxt(functionId: Oid, finfo: *mut FmgrInfo, mcxt: MemoryContext);
    pub fn pg_detoast_datum(datum: *mut varlena) -> *mut varlena;
    pub fn pg_detoast_datum_copy(datum: *mut varlena) -> *mut varlena;
    pub fn pg_detoast_datum_slice(datum: *mut varlena, first: int32, count: int32) -> *mut varlena;
    pub fn pg_detoast_datum_packed(datum: *mut varlena) -> *mut varlena;
    pub fn DirectFunctionCall1Coll(func: PGFunction, collation: Oid, arg1: Datum) -> Datum;
    pub fn DirectFunctionCall2Coll(
        func: PGFunction,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
    ) -> Datum;
    pub fn DirectFunctionCall3Coll(
        func: PGFunction,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
    ) -> Datum;
    pub fn DirectFunctionCall4Coll(
        func: PGFunction,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
    ) -> Datum;
    pub fn DirectFunctionCall5Coll(
        func: PGFunction,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
    ) -> Datum;
    pub fn DirectFunctionCall6Coll(
        func: PGFunction,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
        arg6: Datum,
    ) -> Datum;
    pub fn DirectFunctionCall7Coll(
        func: PGFunction,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
        arg6: Datum,
        arg7: Datum,
    ) -> Datum;
    pub fn DirectFunctionCall8Coll(
        func: PGFunction,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
        arg6: Datum,
        arg7: Datum,
        arg8: Datum,
    ) -> Datum;
    pub fn DirectFunctionCall9Coll(
        func: PGFunction,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
        arg6: Datum,
        arg7: Datum,
        arg8: Datum,
        arg9: Datum,
    ) -> Datum;
    pub fn FunctionCall0Coll(flinfo: *mut FmgrInfo, collation: Oid) -> Datum;
    pub fn FunctionCall1Coll(flinfo: *mut FmgrInfo, collation: Oid, arg1: Datum) -> Datum;
    pub fn FunctionCall2Coll(
        flinfo: *mut FmgrInfo,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
    ) -> Datum;
    pub fn FunctionCall3Coll(
        flinfo: *mut FmgrInfo,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
    ) -> Datum;
    pub fn FunctionCall4Coll(
        flinfo: *mut FmgrInfo,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
    ) -> Datum;
    pub fn FunctionCall5Coll(
        flinfo: *mut FmgrInfo,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
    ) -> Datum;
    pub fn FunctionCall6Coll(
        flinfo: *mut FmgrInfo,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
        arg6: Datum,
    ) -> Datum;
    pub fn FunctionCall7Coll(
        flinfo: *mut FmgrInfo,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
        arg6: Datum,
        arg7: Datum,
    ) -> Datum;
    pub fn FunctionCall8Coll(
        flinfo: *mut FmgrInfo,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
        arg6: Datum,
        arg7: Datum,
        arg8: Datum,
    ) -> Datum;
    pub fn FunctionCall9Coll(
        flinfo: *mut FmgrInfo,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
        arg6: Datum,
        arg7: Datum,
        arg8: Datum,
        arg9: Datum,
    ) -> Datum;
    pub fn OidFunctionCall0Coll(functionId: Oid, collation: Oid) -> Datum;
    pub fn OidFunctionCall1Coll(functionId: Oid, collation: Oid, arg1: Datum) -> Datum;
    pub fn OidFunctionCall2Coll(functionId: Oid, collation: Oid, arg1: Datum, arg2: Datum)
    -> Datum;
    pub fn OidFunctionCall3Coll(
        functionId: Oid,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
    ) -> Datum;
    pub fn OidFunctionCall4Coll(
        functionId: Oid,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
    ) -> Datum;
    pub fn OidFunctionCall5Coll(
        functionId: Oid,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
    ) -> Datum;
    pub fn OidFunctionCall6Coll(
        functionId: Oid,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
        arg6: Datum,
    ) -> Datum;
    pub fn OidFunctionCall7Coll(
        functionId: Oid,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
        arg6: Datum,
        arg7: Datum,
    ) -> Datum;
    pub fn OidFunctionCall8Coll(
        functionId: Oid,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
        arg6: Datum,
        arg7: Datum,
        arg8: Datum,
    ) -> Datum;
    pub fn OidFunctionCall9Coll(
        functionId: Oid,
        collation: Oid,
        arg1: Datum,
        arg2: Datum,
        arg3: Datum,
        arg4: Datum,
        arg5: Datum,
        arg6: Datum,
        arg7: Datum,
        arg8: Datum,
        arg9: Datum,
    ) -> Datum;
    pub fn OidInputFunctionCall(
        functionId: Oid,
        str_: *mut ::core::ffi::c_char,
        typioparam: Oid,
        typmod: int32,
    ) -> Datum;
    pub fn OidOutputFunctionCall(functionId: Oid, val: Datum) -> *mut ::core::ffi::c_char;
    pub fn ProcessInterrupts();
    pub fn check_stack_depth();
    pub fn PostgresSigHupHandler(postgres_signal_arg: ::core::ffi::c_int);
    pub fn GetUserNameFromId(roleid: Oid, noerr: bool) -> *mut ::core::ffi::c_char;
    pub fn GetUserId() -> Oid;
    pub fn GetUserIdAndSecContext(userid: *mut Oid, sec_context: *mut ::core::ffi::c_int);
    pub fn SetUserIdAndSecContext(userid: Oid, sec_context: ::core::ffi::c_int);
    pub fn superuser() -> bool;
    pub fn RegisterBackgroundWorker(worker: *mut BackgroundWorker);
    pub fn RegisterDynamicBackgroundWorker(
        worker: *mut BackgroundWorker,
        handle: *mut *mut BackgroundWorkerHandle,
    ) -> bool;
    pub fn GetBackgroundWorkerPid(
        handle: *mut BackgroundWorkerHandle,
        pidp: *mut pid_t,
    ) -> BgwHandleStatus;
    pub fn WaitForBackgroundWorkerStartup(
        handle: *mut BackgroundWorkerHandle,
        pid: *mut pid_t,
    ) -> BgwHandleStatus;
    pub fn WaitForBackgroundWorkerShutdown(arg1: *mut BackgroundWorkerHandle) -> BgwHandleStatus;
    pub fn GetBackgroundWorkerTypeByPid(pid: pid_t) -> *const ::core::ffi::c_char;
    pub fn TerminateBackgroundWorker(handle: *mut BackgroundWorkerHandle);
    pub fn BackgroundWorkerInitializeConnection(
        dbname: *const ::core::ffi::c_char,
        username: *const ::core::ffi::c_char,
        flags: uint32,
    );
    pub fn BackgroundWorkerInitializeConnectionByOid(dboid: Oid, useroid: Oid, flags: uint32);
    pub fn BackgroundWorkerBlockSignals();
    pub fn BackgroundWorkerUnblockSignals();
    pub fn proc_exit(code: ::core::ffi::c_int) -> !;
    pub fn on_proc_exit(function: pg_on_exit_callback, arg: Datum);
    pub fn on_shmem_exit(function: pg_on_exit_callback, arg: Datum);
    pub fn before_shmem_exit(function: pg_on_exit_callback, arg: Datum);
    pub fn cancel_before_shmem_exit(function: pg_on_exit_callback, arg: Datum);
    pub fn InitLatch(latch: *mut Latch);
    pub fn OwnLatch(latch: *mut Latch);
    pub fn DisownLatch(latch: *mut Latch);
    pub fn SetLatch(latch: *mut Latch);
    pub fn ResetLatch(latch: *mut Latch);
    pub fn CreateWaitEventSet(
        context: MemoryContext,
        nevents: ::core::ffi::c_int,
    ) -> *mut WaitEventSet;
    pub fn FreeWaitEventSet(set: *mut WaitEventSet);
    pub fn AddWaitEventToSet(
        set: *mut WaitEventSet,
        events: uint32,
        fd: pgsocket,
        latch: *mut Latch,
        user_data: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    pub fn ModifyWaitEvent(
        set: *mut WaitEventSet,
        pos: ::core::ffi::c_int,
        events: uint32,
        latch: *mut Latch,
    );
    pub fn WaitEventSetWait(
        set: *mut WaitEventSet,
        timeout: ::core::ffi::c_long,
        occurred_events: *mut WaitEvent,
        nevents: ::core::ffi::c_int,
        wait_event_info: uint32,
    ) -> ::core::ffi::c_int;
    pub fn WaitLatch(
        latch: *mut Latch,
        wakeEvents: ::core::ffi::c_int,
        timeout: ::core::ffi::c_long,
        wait_event_info: uint32,
    ) -> ::core::ffi::c_int;
    pub fn WaitLatchOrSocket(
        latch: *mut Latch,
        wakeEvents: ::core::ffi::c_int,
        sock: pgsocket,
        timeout: ::core::ffi::c_long,
        wait_event_info: uint32,
    ) -> ::core::ffi::c_int;
    pub fn latch_sigusr1_handler();
    pub fn PostmasterIsAliveInternal() -> bool;
    pub fn makeStringInfo() -> StringInfo;
    pub fn initStringInfo(str_: StringInfo);
    pub fn resetStringInfo(str_: StringInfo);
    pub fn appendStringInfo(str_: StringInfo, fmt: *const ::core::ffi::c_char, ...);
    pub fn appendStringInfoString(str_: StringInfo, s: *const ::core::ffi::c_char);
    pub fn appendStringInfoChar(str_: StringInfo, ch: ::core::ffi::c_char);
    pub fn appendStringInfoSpaces(str_: StringInfo, count: ::core::ffi::c_int);
    pub fn appendBinaryStringInfo(
        str_: StringInfo,
        data: *const ::core::ffi::c_char,
        datalen: ::core::ffi::c_int,
    );
    pub fn enlargeStringInfo(str_: StringInfo, needed: ::core::ffi::c_int);
    pub fn s_lock(
        lock: *mut slock_t,
        file: *const ::core::ffi::c_char,
        line: ::core::ffi::c_int,
        func: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn LWLockAcquire(lock: *mut LWLock, mode: LWLockMode) -> bool;
    pub fn LWLockConditionalAcquire(lock: *mut LWLock, mode: LWLockMode) -> bool;
    pub fn LWLockRelease(lock: *mut LWLock);
    pub fn LWLockReleaseAll();
    pub fn LWLockHeldByMe(lock: *mut LWLock) -> bool;
    pub fn RequestNamedLWLockTranche(
        tranche_name: *const ::core::ffi::c_char,
        num_lwlocks: ::core::ffi::c_int,
    );
    pub fn GetNamedLWLockTranche(tranche_name: *const ::core::ffi::c_char) -> *mut LWLockPadded;
    pub fn LWLockNewTrancheId() -> ::core::ffi::c_int;
    pub fn LWLockRegisterTranche(
        tranche_id: ::core::ffi::c_int,
        tranche_name: *const ::core::ffi::c_char,
    );
    pub fn LWLockInitialize(lock: *mut LWLock, tranche_id: ::core::ffi::c_int);
    pub fn hash_create(
        tabname: *const ::core::ffi::c_char,
        nelem: ::core::ffi::c_long,
        info: *mut HASHCTL,
        flags: ::core::ffi::c_int,
    ) -> *mut HTAB;
    pub fn hash_destroy(hashp: *mut HTAB);
    pub fn hash_search(
        hashp: *mut HTAB,
        keyPtr: *const ::core::ffi::c_void,
        action: HASHACTION,
        foundPtr: *mut bool,
    ) -> *mut ::core::ffi::c_void;
    pub fn hash_get_num_entries(hashp: *mut HTAB) -> ::core::ffi::c_long;
    pub fn hash_seq_init(status: *mut HASH_SEQ_STATUS, hashp: *mut HTAB);
    pub fn hash_seq_search(status: *mut HASH_SEQ_STATUS) -> *mut ::core::ffi::c_void;
    pub fn hash_seq_term(status: *mut HASH_SEQ_STATUS);
    pub fn hash_estimate_size(num_entries: ::core::ffi::c_long, entrysize: Size) -> Size;
    pub fn string_hash(key: *const ::core::ffi::c_void, keysize: Size) -> uint32;
    pub fn tag_hash(key: *const ::core::ffi::c_void, keysize: Size) -> uint32;
    pub fn ShmemInitHash(
        name: *const ::core::ffi::c_char,
        init_size: ::core::ffi::c_long,
        max_size: ::core::ffi::c_long,
        infoP: *mut HASHCTL,
        hash_flags: ::core::ffi::c_int,
    ) -> *mut HTAB;
    pub fn ShmemInitStruct(
        name: *const ::core::ffi::c_char,
        size: Size,
        foundPtr: *mut bool,
    ) -> *mut ::core::ffi::c_void;
    pub fn add_size(s1: Size, s2: Size) -> Size;
    pub fn mul_size(s1: Size, s2: Size) -> Size;
    pub fn RequestAddinShmemSpace(size: Size);
    pub fn LockAcquire(
        locktag: *const LOCKTAG,
        lockmode: LOCKMODE,
        sessionLock: bool,
        dontWait: bool,
    ) -> LockAcquireResult;
    pub fn LockRelease(locktag: *const LOCKTAG, lockmode: LOCKMODE, sessionLock: bool) -> bool;
    pub fn procsignal_sigusr1_handler(postgres_signal_arg: ::core::ffi::c_int);
    pub fn lappend(list: *mut List, datum: *mut ::core::ffi::c_void) -> *mut List;
    pub fn lappend_int(list: *mut List, datum: ::core::ffi::c_int) -> *mut List;
    pub fn lappend_oid(list: *mut List, datum: Oid) -> *mut List;
    pub fn lcons(datum: *mut ::core::ffi::c_void, list: *mut List) -> *mut List;
    pub fn lcons_int(datum: ::core::ffi::c_int, list: *mut List) -> *mut List;
    pub fn lcons_oid(datum: Oid, list: *mut List) -> *mut List;
    pub fn list_nth_cell(list: *const List, n: ::core::ffi::c_int) -> *mut ListCell;
    pub fn list_free(list: *mut List);
    pub fn list_free_deep(list: *mut List);
    pub fn list_copy(list: *const List) -> *mut List;
    pub fn makeString(str_: *mut ::core::ffi::c_char) -> *mut Value;
    pub fn CreateTemplateTupleDesc(natts: ::core::ffi::c_int) -> TupleDesc;
    pub fn CreateTupleDesc(natts: ::core::ffi::c_int, attrs: *mut Form_pg_attribute) -> TupleDesc;
    pub fn FreeTupleDesc(tupdesc: TupleDesc);
    pub fn TupleDescInitEntry(
        desc: TupleDesc,
        attributeNumber: AttrNumber,
        attributeName: *const ::core::ffi::c_char,
        oidtypeid: Oid,
        typmod: int32,
        attdim: ::core::ffi::c_int,
    );
    pub fn TransactionIdPrecedes(id1: TransactionId, id2: TransactionId) -> bool;
    pub fn TransactionIdPrecedesOrEquals(id1: TransactionId, id2: TransactionId) -> bool;
    pub fn TransactionIdFollows(id1: TransactionId, id2: TransactionId) -> bool;
    pub fn TransactionIdFollowsOrEquals(id1: TransactionId, id2: TransactionId) -> bool;
    pub fn heap_copytuple(tuple: HeapTuple) -> HeapTuple;
    pub fn heap_form_tuple(
        tupleDescriptor: TupleDesc,
        values: *mut Datum,
        isnull: *mut bool,
    ) -> HeapTuple;
    pub fn heap_deform_tuple(
        tuple: HeapTuple,
        tupleDesc: TupleDesc,
        values: *mut Datum,
        isnull: *mut bool,
    );
    pub fn heap_freetuple(htup: HeapTuple);
    pub fn MakeSingleTupleTableSlot(
        tupdesc: TupleDesc,
        tts_ops: *const TupleTableSlotOps,
    ) -> *mut TupleTableSlot;
    pub fn ExecDropSingleTupleTableSlot(slot: *mut TupleTableSlot);
    pub fn BeginCommand(commandTag: *const ::core::ffi::c_char, dest: CommandDest);
    pub fn CreateDestReceiver(dest: CommandDest) -> *mut DestReceiver;
    pub fn EndCommand(commandTag: *const ::core::ffi::c_char, dest: CommandDest);
    pub fn ReadyForQuery(dest: CommandDest);
    pub fn construct_array(
        elems: *mut Datum,
        nelems: ::core::ffi::c_int,
        elmtype: Oid,
        elmlen: ::core::ffi::c_int,
        elmbyval: bool,
        elmalign: ::core::ffi::c_char,
    ) -> *mut ArrayType;
    pub fn construct_md_array(
        elems: *mut Datum,
        nulls: *mut bool,
        ndims: ::core::ffi::c_int,
        dims: *mut ::core::ffi::c_int,
        lbs: *mut ::core::ffi::c_int,
        elmtype: Oid,
        elmlen: ::core::ffi::c_int,
        elmbyval: bool,
        elmalign: ::core::ffi::c_char,
    ) -> *mut ArrayType;
    pub fn deconstruct_array(
        array: *mut ArrayType,
        elmtype: Oid,
        elmlen: ::core::ffi::c_int,
        elmbyval: bool,
        elmalign: ::core::ffi::c_char,
        elemsp: *mut *mut Datum,
        nullsp: *mut *mut bool,
        nelemsp: *mut ::core::ffi::c_int,
    );
    pub fn SetConfigOption(
        name: *const ::core::ffi::c_char,
        value: *const ::core::ffi::c_char,
        context: GucContext,
        source: GucSource,
    );
    pub fn DefineCustomBoolVariable(
        name: *const ::core::ffi::c_char,
        short_desc: *const ::core::ffi::c_char,
        long_desc: *const ::core::ffi::c_char,
        valueAddr: *mut bool,
        bootValue: bool,
        context: GucContext,
        flags: ::core::ffi::c_int,
        check_hook: GucBoolCheckHook,
        assign_hook: GucBoolAssignHook,
        show_hook: GucShowHook,
    );
    pub fn DefineCustomIntVariable(
        name: *const ::core::ffi::c_char,
        short_desc: *const ::core::ffi::c_char,
        long_desc: *const ::core::ffi::c_char,
        valueAddr: *mut ::core::ffi::c_int,
        bootValue: ::core::ffi::c_int,
        minValue: ::core::ffi::c_int,
        maxValue: ::core::ffi::c_int,
        context: GucContext,
        flags: ::core::ffi::c_int,
        check_hook: GucIntCheckHook,
        assign_hook: GucIntAssignHook,
        show_hook: GucShowHook,
    );
    pub fn DefineCustomRealVariable(
        name: *const ::core::ffi::c_char,
        short_desc: *const ::core::ffi::c_char,
        long_desc: *const ::core::ffi::c_char,
        valueAddr: *mut f64,
        bootValue: f64,
        minValue: f64,
        maxValue: f64,
        context: GucContext,
        flags: ::core::ffi::c_int,
        check_hook: GucRealCheckHook,
        assign_hook: GucRealAssignHook,
        show_hook: GucShowHook,
    );
    pub fn DefineCustomStringVariable(
        name: *const ::core::ffi::c_char,
        short_desc: *const ::core::ffi::c_char,
        long_desc: *const ::core::ffi::c_char,
        valueAddr: *mut *mut ::core::ffi::c_char,
        bootValue: *const ::core::ffi::c_char,
        context: GucContext,
        flags: ::core::ffi::c_int,
        check_hook: GucStringCheckHook,
        assign_hook: GucStringAssignHook,
        show_hook: GucShowHook,
    );
    pub fn DefineCustomEnumVariable(
        name: *const ::core::ffi::c_char,
        short_desc: *const ::core::ffi::c_char,
        long_desc: *const ::core::ffi::c_char,
        valueAddr: *mut ::core::ffi::c_int,
        bootValue: ::core::ffi::c_int,
        options: *const config_enum_entry,
        context: GucContext,
        flags: ::core::ffi::c_int,
        check_hook: GucEnumCheckHook,
        assign_hook: GucEnumAssignHook,
        show_hook: GucShowHook,
    );
    pub fn EmitWarningsOnPlaceholders(className: *const ::core::ffi::c_char);
    pub fn GetConfigOption(
        name: *const ::core::ffi::c_char,
        missing_ok: bool,
        restrict_privileged: bool,
    ) -> *const ::core::ffi::c_char;
    pub fn ProcessConfigFile(context: GucContext);
    pub fn NewGUCNestLevel() -> ::core::ffi::c_int;
    pub fn AtEOXact_GUC(isCommit: bool, nestLevel: ::core::ffi::c_int);
    pub fn set_config_option(
        name: *const ::core::ffi::c_char,
        value: *const ::core::ffi::c_char,
        context: GucContext,
        source: GucSource,
        action: GucAction,
        changeVal: bool,
        elevel: ::core::ffi::c_int,
        is_reload: bool,
    ) -> ::core::ffi::c_int;
    pub fn GetConfigOptionByName(
        name: *const ::core::ffi::c_char,
        varname: *mut *const ::core::ffi::c_char,
        missing_ok: bool,
    ) -> *mut ::core::ffi::c_char;
    pub fn GUC_check_errcode(sqlerrcode: ::core::ffi::c_int);
    pub fn pg_parse_query(query_string: *const ::core::ffi::c_char) -> *mut List;
    pub fn pg_analyze_and_rewrite(
        parsetree: *mut RawStmt,
        query_string: *const ::core::ffi::c_char,
        paramTypes: *mut Oid,
        numParams: ::core::ffi::c_int,
        queryEnv: *mut QueryEnvironment,
    ) -> *mut List;
    pub fn pg_plan_queries(
        querytrees: *mut List,
        cursorOptions: ::core::ffi::c_int,
        boundParams: ParamListInfo,
    ) -> *mut List;
    pub fn die(postgres_signal_arg: ::core::ffi::c_int);
    pub fn StatementCancelHandler(postgres_signal_arg: ::core::ffi::c_int);
    pub fn RegisterTimeout(id: TimeoutId, handler: timeout_handler_proc) -> TimeoutId;
    pub fn reschedule_timeouts();
    pub fn enable_timeout_after(id: TimeoutId, delay_ms: ::core::ffi::c_int);
    pub fn enable_timeout_at(id: TimeoutId, fin_time: TimestampTz);
    pub fn enable_timeouts(timeouts: *const EnableTimeoutParams, count: ::core::ffi::c_int);
    pub fn disable_timeout(id: TimeoutId, keep_indicator: bool);
    pub fn disable_timeouts(timeouts: *const DisableTimeoutParams, count: ::core::ffi::c_int);
    pub fn get_timeout_indicator(id: TimeoutId, reset_indicator: bool) -> bool;
    pub fn get_timeout_start_time(id: TimeoutId) -> TimestampTz;
    pub fn get_timeout_finish_time(id: TimeoutId) -> TimestampTz;
    pub fn ScanKeyInit(
        entry: ScanKey,
        attributeNumber: AttrNumber,
        strategy: StrategyNumber,
        procedure: RegProcedure,
        argument: Datum,
    );
    pub fn dsm_create(size: Size, flags: ::core::ffi::c_int) -> *mut dsm_segment;
    pub fn dsm_attach(h: dsm_handle) -> *mut dsm_segment;
    pub fn dsm_detach(seg: *mut dsm_segment);
    pub fn dsm_pin_mapping(seg: *mut dsm_segment);
    pub fn dsm_unpin_mapping(seg: *mut dsm_segment);
    pub fn dsm_pin_segment(seg: *mut dsm_segment);
    pub fn dsm_unpin_segment(h: dsm_handle);
    pub fn dsm_find_mapping(h: dsm_handle) -> *mut dsm_segment;
    pub fn dsm_segment_address(seg: *mut dsm_segment) -> *mut ::core::ffi::c_void;
    pub fn dsm_segment_map_length(seg: *mut dsm_segment) -> Size;
    pub fn dsm_segment_handle(seg: *mut dsm_segment) -> dsm_handle;
    pub fn on_dsm_detach(seg: *mut dsm_segment, function: on_dsm_detach_callback, arg: Datum);
    pub fn cancel_on_dsm_detach(
        seg: *mut dsm_segment,
        function: on_dsm_detach_callback,
        arg: Datum,
    );
    pub fn reset_on_dsm_detach();
    pub fn dsa_create(tranche_id: ::core::ffi::c_int) -> *mut dsa_area;
    pub fn dsa_create_in_place(
        place: *mut ::core::ffi::c_void,
        size: usize,
        tranche_id: ::core::ffi::c_int,
        segment: *mut dsm_segment,
    ) -> *mut dsa_area;
    pub fn dsa_attach(handle: dsa_handle) -> *mut dsa_area;
    pub fn dsa_attach_in_place(
        place: *mut ::core::ffi::c_void,
        segment: *mut dsm_segment,
    ) -> *mut dsa_area;
    pub fn dsa_pin_mapping(area: *mut dsa_area);
    pub fn dsa_detach(area: *mut dsa_area);
    pub fn dsa_pin(area: *mut dsa_area);
    pub fn dsa_unpin(area: *mut dsa_area);
    pub fn dsa_get_handle(area: *mut dsa_area) -> dsa_handle;
    pub fn dsa_allocate_extended(
        area: *mut dsa_area,
        size: usize,
        flags: ::core::ffi::c_int,
    ) -> dsa_pointer;
    pub fn dsa_free(area: *mut dsa_area, dp: dsa_pointer);
    pub fn dsa_get_address(area: *mut dsa_area, dp: dsa_pointer) -> *mut ::core::ffi::c_void;
    pub fn dsa_trim(area: *mut dsa_area);
    pub fn systable_beginscan(
        heapRelation: Relation,
        indexId: Oid,
        indexOK: bool,
        snapshot: Snapshot,
        nkeys: ::core::ffi::c_int,
        key: ScanKey,
    ) -> SysScanDesc;
    pub fn systable_getnext(sysscan: SysScanDesc) -> HeapTuple;
    pub fn systable_endscan(sysscan: SysScanDesc);
    pub fn relation_open(relationId: Oid, lockmode: LOCKMODE) -> Relation;
    pub fn relation_close(relation: Relation, lockmode: LOCKMODE);
    pub fn table_open(relationId: Oid, lockmode: LOCKMODE) -> Relation;
    pub fn table_close(relation: Relation, lockmode: LOCKMODE);
    pub fn RecoveryInProgress() -> bool;
    pub fn GetFlushRecPtr() -> XLogRecPtr;
    pub fn table_beginscan_catalog(
        rel: Relation,
        nkeys: ::core::ffi::c_int,
        key: *mut ScanKeyData,
    ) -> TableScanDesc;
    pub fn heap_endscan(scan: TableScanDesc);
    pub fn heap_getnext(scan: TableScanDesc, direction: ScanDirection) -> HeapTuple;
    pub fn GetCurrentTimestamp() -> TimestampTz;
    pub fn TimestampDifference(
        start_time: TimestampTz,
        stop_time: TimestampTz,
        secs: *mut ::core::ffi::c_long,
        microsecs: *mut ::core::ffi::c_int,
    );
    pub fn TimestampDifferenceMilliseconds(
        start_time: TimestampTz,
        stop_time: TimestampTz,
    ) -> ::core::ffi::c_long;
    pub fn TimestampDifferenceExceeds(
        start_time: TimestampTz,
        stop_time: TimestampTz,
        msec: ::core::ffi::c_int,
    ) -> bool;
    pub fn timestamptz_to_str(t: TimestampTz) -> *const ::core::ffi::c_char;
    pub fn IsTransactionState() -> bool;
    pub fn IsAbortedTransactionBlockState() -> bool;
    pub fn GetTopTransactionId() -> TransactionId;
    pub fn GetTopTransactionIdIfAny() -> TransactionId;
    pub fn GetCurrentTransactionId() -> TransactionId;
    pub fn GetCurrentTransactionIdIfAny() -> TransactionId;
    pub fn GetCurrentTransactionStartTimestamp() -> TimestampTz;
    pub fn SetCurrentStatementStartTimestamp();
    pub fn GetCurrentTransactionNestLevel() -> ::core::ffi::c_int;
    pub fn CommandCounterIncrement();
    pub fn StartTransactionCommand();
    pub fn CommitTransactionCommand();
    pub fn AbortCurrentTransaction();
    pub fn BeginInternalSubTransaction(name: *const ::core::ffi::c_char);
    pub fn ReleaseCurrentSubTransaction();
    pub fn RollbackAndReleaseCurrentSubTransaction();
    pub fn IsTransactionBlock() -> bool;
    pub fn IsTransactionOrTransactionBlock() -> bool;
    pub fn AbortOutOfAnyTransaction();
    pub fn RegisterXactCallback(callback: XactCallback, arg: *mut ::core::ffi::c_void);
    pub fn UnregisterXactCallback(callback: XactCallback, arg: *mut ::core::ffi::c_void);
    pub fn RegisterSubXactCallback(callback: SubXactCallback, arg: *mut ::core::ffi::c_void);
    pub fn UnregisterSubXactCallback(callback: SubXactCallback, arg: *mut ::core::ffi::c_void);
    pub fn get_namespace_oid(nspname: *const ::core::ffi::c_char, missing_ok: bool) -> Oid;
    pub fn ProcessCompletedNotifies();
    pub fn get_database_oid(dbname: *const ::core::ffi::c_char, missingok: bool) -> Oid;
    pub fn get_database_name(dbid: Oid) -> *mut ::core::ffi::c_char;
    pub fn get_extension_oid(extname: *const ::core::ffi::c_char, missing_ok: bool) -> Oid;
    pub fn ConditionVariableInit(cv: *mut ConditionVariable);
    pub fn ConditionVariableSleep(cv: *mut ConditionVariable, wait_event_info: uint32);
    pub fn ConditionVariableCancelSleep();
    pub fn ConditionVariablePrepareToSleep(cv: *mut ConditionVariable);
    pub fn ConditionVariableSignal(cv: *mut ConditionVariable);
    pub fn ConditionVariableBroadcast(cv: *mut ConditionVariable);
    pub fn ResourceOwnerCreate(
        parent: ResourceOwner,
        name: *const ::core::ffi::c_char,
    ) -> ResourceOwner;
    pub fn ResourceOwnerRelease(
        owner: ResourceOwner,
        phase: ResourceReleasePhase,
        isCommit: bool,
        isTopLevel: bool,
    );
    pub fn ResourceOwnerDelete(owner: ResourceOwner);
    pub fn CreatePortal(
        name: *const ::core::ffi::c_char,
        allowDup: bool,
        dupSilent: bool,
    ) -> Portal;
    pub fn PortalDrop(portal: Portal, isTopCommit: bool);
    pub fn PortalDefineQuery(
        portal: Portal,
        prepStmtName: *const ::core::ffi::c_char,
        sourceText: *const ::core::ffi::c_char,
        commandTag: *const ::core::ffi::c_char,
        stmts: *mut List,
        cplan: *mut CachedPlan,
    );
    pub fn SPI_connect() -> ::core::ffi::c_int;
    pub fn SPI_connect_ext(options: ::core::ffi::c_int) -> ::core::ffi::c_int;
    pub fn SPI_finish() -> ::core::ffi::c_int;
    pub fn SPI_execute(
        src: *const ::core::ffi::c_char,
        read_only: bool,
        tcount: ::core::ffi::c_long,
    ) -> ::core::ffi::c_int;
    pub fn SPI_execute_plan(
        plan: SPIPlanPtr,
        Values: *mut Datum,
        Nulls: *const ::core::ffi::c_char,
        read_only: bool,
        tcount: ::core::ffi::c_long,
    ) -> ::core::ffi::c_int;
    pub fn SPI_execute_plan_with_paramlist(
        plan: SPIPlanPtr,
        params: ParamListInfo,
        read_only: bool,
        tcount: ::core::ffi::c_long,
    ) -> ::core::ffi::c_int;
    pub fn SPI_exec(
        src: *const ::core::ffi::c_char,
        tcount: ::core::ffi::c_long,
    ) -> ::core::ffi::c_int;
    pub fn SPI_execp(
        plan: SPIPlanPtr,
        Values: *mut Datum,
        Nulls: *const ::core::ffi::c_char,
        tcount: ::core::ffi::c_long,
    ) -> ::core::ffi::c_int;
    pub fn SPI_execute_snapshot(
        plan: SPIPlanPtr,
        Values: *mut Datum,
        Nulls: *const ::core::ffi::c_char,
        snapshot: Snapshot,
        crosscheck_snapshot: Snapshot,
        read_only: bool,
        fire_triggers: bool,
        tcount: ::core::ffi::c_long,
    ) -> ::core::ffi::c_int;
    pub fn SPI_execute_with_args(
        src: *const ::core::ffi::c_char,
        nargs: ::core::ffi::c_int,
        argtypes: *mut Oid,
        Values: *mut Datum,
        Nulls: *const ::core::ffi::c_char,
        read_only: bool,
        tcount: ::core::ffi::c_long,
    ) -> ::core::ffi::c_int;
    pub fn SPI_prepare(
        src: *const ::core::ffi::c_char,
        nargs: ::core::ffi::c_int,
        argtypes: *mut Oid,
    ) -> SPIPlanPtr;
    pub fn SPI_prepare_cursor(
        src: *const ::core::ffi::c_char,
        nargs: ::core::ffi::c_int,
        argtypes: *mut Oid,
        cursorOptions: ::core::ffi::c_int,
    ) -> SPIPlanPtr;
    pub fn SPI_prepare_params(
        src: *const ::core::ffi::c_char,
        parserSetup: ParserSetupHook,
        parserSetupArg: *mut ::core::ffi::c_void,
        cursorOptions: ::core::ffi::c_int,
    ) -> SPIPlanPtr;
    pub fn SPI_keepplan(plan: SPIPlanPtr) -> ::core::ffi::c_int;
    pub fn SPI_saveplan(plan: SPIPlanPtr) -> SPIPlanPtr;
    pub fn SPI_freeplan(plan: SPIPlanPtr) -> ::core::ffi::c_int;
    pub fn SPI_getargtypeid(plan: SPIPlanPtr, argIndex: ::core::ffi::c_int) -> Oid;
    pub fn SPI_getargcount(plan: SPIPlanPtr) -> ::core::ffi::c_int;
    pub fn SPI_is_cursor_plan(plan: SPIPlanPtr) -> bool;
    pub fn SPI_plan_is_valid(plan: SPIPlanPtr) -> bool;
    pub fn SPI_result_code_string(code: ::core::ffi::c_int) -> *const ::core::ffi::c_char;
    pub fn SPI_plan_get_plan_sources(plan: SPIPlanPtr) -> *mut List;
    pub fn SPI_plan_get_cached_plan(plan: SPIPlanPtr) -> *mut CachedPlan;
    pub fn SPI_copytuple(tuple: HeapTuple) -> HeapTuple;
    pub fn SPI_returntuple(tuple: HeapTuple, tupdesc: TupleDesc) -> HeapTupleHeader;
    pub fn SPI_modifytuple(
        rel: Relation,
        tuple: HeapTuple,
        natts: ::core::ffi::c_int,
        attnum: *mut ::core::ffi::c_int,
        Values: *mut Datum,
        Nulls: *const ::core::ffi::c_char,
    ) -> HeapTuple;
    pub fn SPI_fnumber(tupdesc: TupleDesc, fname: *const ::core::ffi::c_char)
    -> ::core::ffi::c_int;
    pub fn SPI_fname(tupdesc: TupleDesc, fnumber: ::core::ffi::c_int) -> *mut ::core::ffi::c_char;
    pub fn SPI_getvalue(
        tuple: HeapTuple,
        tupdesc: TupleDesc,
        fnumber: ::core::ffi::c_int,
    ) -> *mut ::core::ffi::c_char;
    pub fn SPI_getbinval(
        tuple: HeapTuple,
        tupdesc: TupleDesc,
        fnumber: ::core::ffi::c_int,
        isnull: *mut bool,
    ) -> Datum;
    pub fn SPI_gettype(tupdesc: TupleDesc, fnumber: ::core::ffi::c_int)
    -> *mut ::core::ffi::c_char;
    pub fn SPI_gettypeid(tupdesc: TupleDesc, fnumber: ::core::ffi::c_int) -> Oid;
    pub fn SPI_getrelname(rel: Relation) -> *mut ::core::ffi::c_char;
    pub fn SPI_getnspname(rel: Relation) -> *mut ::core::ffi::c_char;
    pub fn SPI_palloc(size: Size) -> *mut ::core::ffi::c_void;
    pub fn SPI_repalloc(pointer: *mut ::core::ffi::c_void, size: Size) -> *mut ::core::ffi::c_void;
    pub fn SPI_pfree(pointer: *mut ::core::ffi::c_void);
    pub fn SPI_datumTransfer(value: Datum, typByVal: bool, typLen: ::core::ffi::c_int) -> Datum;
    pub fn SPI_freetuple(pointer: HeapTuple);
    pub fn SPI_freetuptable(tuptable: *mut SPITupleTable);
    pub fn SPI_cursor_open(
        name: *const ::core::ffi::c_char,
        plan: SPIPlanPtr,
        Values: *mut Datum,
        Nulls: *const ::core::ffi::c_char,
        read_only: bool,
    ) -> Portal;
    pub fn SPI_cursor_open_with_args(
        name: *const ::core::ffi::c_char,
        src: *const ::core::ffi::c_char,
        nargs: ::core::ffi::c_int,
        argtypes: *mut Oid,
        Values: *mut Datum,
        Nulls: *const ::core::ffi::c_char,
        read_only: bool,
        cursorOptions: ::core::ffi::c_int,
    ) -> Portal;
    pub fn SPI_cursor_open_with_paramlist(
        name: *const ::core::ffi::c_char,
        plan: SPIPlanPtr,
        params: ParamListInfo,
        read_only: bool,
    ) -> Portal;
    pub fn SPI_cursor_find(name: *const ::core::ffi::c_char) -> Portal;
    pub fn SPI_cursor_fetch(portal: Portal, forward: bool, count: ::core::ffi::c_long);
    pub fn SPI_cursor_move(portal: Portal, forward: bool, count: ::core::ffi::c_long);
    pub fn SPI_scroll_cursor_fetch(
        arg1: Portal,
        direction: FetchDirection,
        count: ::core::ffi::c_long,
    );
    pub fn SPI_scroll_cursor_move(
        arg1: Portal,
        direction: FetchDirection,
        count: ::core::ffi::c_long,
    );
    pub fn SPI_cursor_close(portal: Portal);
    pub fn SPI_register_relation(enr: EphemeralNamedRelation) -> ::core::ffi::c_int;
    pub fn SPI_unregister_relation(name: *const ::core::ffi::c_char) -> ::core::ffi::c_int;
    pub fn SPI_register_trigger_data(tdata: *mut TriggerData) -> ::core::ffi::c_int;
    pub fn SPI_start_transaction();
    pub fn SPI_commit();
    pub fn SPI_commit_and_chain();
    pub fn SPI_rollback();
    pub fn SPI_rollback_and_chain();
    pub fn SPI_inside_nonatomic_context() -> bool;
    pub fn MemoryContextReset(context: MemoryContext);
    pub fn MemoryContextDelete(context: MemoryContext);
    pub fn MemoryContextDeleteChildren(context: MemoryContext);
    pub fn MemoryContextSetParent(context: MemoryContext, new_parent: MemoryContext);
    pub fn MemoryContextStats(context: MemoryContext);
    pub fn AllocSetContextCreateInternal(
        parent: MemoryContext,
        name: *const ::core::ffi::c_char,
        minContextSize: Size,
        initBlockSize: Size,
        maxBlockSize: Size,
    ) -> MemoryContext;
    pub fn BlessTupleDesc(tupdesc: TupleDesc) -> TupleDesc;
    pub fn GetDatabaseEncoding() -> ::core::ffi::c_int;
    pub fn GetDatabaseEncodingName() -> *const ::core::ffi::c_char;
    pub fn pg_any_to_server(
        s: *const ::core::ffi::c_char,
        len: ::core::ffi::c_int,
        encoding: ::core::ffi::c_int,
    ) -> *mut ::core::ffi::c_char;
    pub fn pg_server_to_any(
        s: *const ::core::ffi::c_char,
        len: ::core::ffi::c_int,
        encoding: ::core::ffi::c_int,
    ) -> *mut ::core::ffi::c_char;
    pub fn makeRangeVar(
        schemaname: *mut ::core::ffi::c_char,
        relname: *mut ::core::ffi::c_char,
        location: ::core::ffi::c_int,
    ) -> *mut RangeVar;
    pub fn analyze_requires_snapshot(parseTree: *mut RawStmt) -> bool;
    pub fn PortalStart(
        portal: Portal,
        params: ParamListInfo,
        eflags: ::core::ffi::c_int,
        snapshot: Snapshot,
    );
    pub fn PortalSetResultFormat(portal: Portal, nFormats: ::core::ffi::c_int, formats: *mut int16);
    pub fn PortalRun(
        portal: Portal,
        count: ::core::ffi::c_long,
        isTopLevel: bool,
        run_once: bool,
        dest: *mut DestReceiver,
        altdest: *mut DestReceiver,
        completionTag: *mut ::core::ffi::c_char,
    ) -> bool;
    pub fn CreateCommandTag(parsetree: *mut Node) -> *const ::core::ffi::c_char;
    pub fn parse_bool(value: *const ::core::ffi::c_char, result: *mut bool) -> bool;
    pub fn namestrcpy(name: Name, str_: *const ::core::ffi::c_char) -> ::core::ffi::c_int;
    pub fn quote_identifier(ident: *const ::core::ffi::c_char) -> *const ::core::ffi::c_char;
    pub fn cstring_to_text(s: *const ::core::ffi::c_char) -> *mut text;
    pub fn cstring_to_text_with_len(
        s: *const ::core::ffi::c_char,
        len: ::core::ffi::c_int,
    ) -> *mut text;
    pub fn text_to_cstring(t: *const text) -> *mut ::core::ffi::c_char;
    pub fn quote_literal_cstr(rawstr: *const ::core::ffi::c_char) -> *mut ::core::ffi::c_char;
    pub fn AcceptInvalidationMessages();
    pub fn get_relname_relid(relname: *const ::core::ffi::c_char, relnamespace: Oid) -> Oid;
    pub fn get_typlenbyvalalign(
        typid: Oid,
        typlen: *mut int16,
        typbyval: *mut bool,
        typalign: *mut ::core::ffi::c_char,
    );
    pub fn type_is_rowtype(typid: Oid) -> bool;
    pub fn type_is_enum(typid: Oid) -> bool;
    pub fn get_element_type(typid: Oid) -> Oid;
    pub fn getTypeInputInfo(type_: Oid, typInput: *mut Oid, typIOParam: *mut Oid);
    pub fn getTypeOutputInfo(type_: Oid, typOutput: *mut Oid, typIsVarlena: *mut bool);
    pub fn GetTransactionSnapshot() -> Snapshot;
    pub fn GetLatestSnapshot() -> Snapshot;
    pub fn PushActiveSnapshot(snapshot: Snapshot);
    pub fn PopActiveSnapshot();
    pub fn ActiveSnapshotSet() -> bool;
    pub fn SearchSysCache(
        cacheId: ::core::ffi::c_int,
        key1: Datum,
        key2: Datum,
        key3: Datum,
        key4: Datum,
    ) -> HeapTuple;
    pub fn SearchSysCache1(cacheId: ::core::ffi::c_int, key1: Datum) -> HeapTuple;
    pub fn SearchSysCache2(cacheId: ::core::ffi::c_int, key1: Datum, key2: Datum) -> HeapTuple;
    pub fn SearchSysCache3(
        cacheId: ::core::ffi::c_int,
        key1: Datum,
        key2: Datum,
        key3: Datum,
    ) -> HeapTuple;
    pub fn SearchSysCache4(
        cacheId: ::core::ffi::c_int,
        key1: Datum,
        key2: Datum,
        key3: Datum,
        key4: Datum,
    ) -> HeapTuple;
    pub fn ReleaseSysCache(tuple: HeapTuple);
    pub fn lookup_rowtype_tupdesc_copy(type_id: Oid, typmod: int32) -> TupleDesc;
    pub fn pq_getmsgbyte(msg: StringInfo) -> ::core::ffi::c_int;
    pub fn pq_getmsgstring(msg: StringInfo) -> *const ::core::ffi::c_char;
    pub fn LockRelationOid(relid: Oid, lockmode: LOCKMODE);
    pub fn ConditionalLockRelationOid(relid: Oid, lockmode: LOCKMODE) -> bool;
    pub fn UnlockRelationOid(relid: Oid, lockmode: LOCKMODE);
    pub fn shm_mq_create(address: *mut ::core::ffi::c_void, size: Size) -> *mut shm_mq;
    pub fn shm_mq_set_receiver(mq: *mut shm_mq, arg1: *mut PGPROC);
    pub fn shm_mq_set_sender(mq: *mut shm_mq, arg1: *mut PGPROC);
    pub fn shm_mq_get_receiver(arg1: *mut shm_mq) -> *mut PGPROC;
    pub fn shm_mq_get_sender(arg1: *mut shm_mq) -> *mut PGPROC;
    pub fn shm_mq_attach(
        mq: *mut shm_mq,
        seg: *mut dsm_segment,
        handle: *mut BackgroundWorkerHandle,
    ) -> *mut shm_mq_handle;
    pub fn shm_mq_set_handle(arg1: *mut shm_mq_handle, arg2: *mut BackgroundWorkerHandle);
    pub fn shm_mq_detach(mqh: *mut shm_mq_handle);
    pub fn shm_mq_get_queue(mqh: *mut shm_mq_handle) -> *mut shm_mq;
    pub fn shm_mq_send(
        mqh: *mut shm_mq_handle,
        nbytes: Size,
        data: *const ::core::ffi::c_void,
        nowait: bool,
    ) -> shm_mq_result;
    pub fn shm_mq_sendv(
        mqh: *mut shm_mq_handle,
        iov: *mut shm_mq_iovec,
        iovcnt: ::core::ffi::c_int,
        nowait: bool,
    ) -> shm_mq_result;
    pub fn shm_mq_receive(
        mqh: *mut shm_mq_handle,
        nbytesp: *mut Size,
        datap: *mut *mut ::core::ffi::c_void,
        nowait: bool,
    ) -> shm_mq_result;
    pub fn shm_mq_wait_for_attach(mqh: *mut shm_mq_handle) -> shm_mq_result;
    pub fn shm_toc_create(
        magic: uint64,
        address: *mut ::core::ffi::c_void,
        nbytes: Size,
    ) -> *mut shm_toc;
    pub fn shm_toc_attach(magic: uint64, address: *mut ::core::ffi::c_void) -> *mut shm_toc;
    pub fn shm_toc_allocate(toc: *mut shm_toc, nbytes: Size) -> *mut ::core::ffi::c_void;
    pub fn shm_toc_freespace(toc: *mut shm_toc) -> Size;
    pub fn shm_toc_insert(toc: *mut shm_toc, key: uint64, address: *mut ::core::ffi::c_void);
    pub fn shm_toc_lookup(
        toc: *mut shm_toc,
        key: uint64,
        noError: bool,
    ) -> *mut ::core::ffi::c_void;
    pub fn shm_toc_estimate(e: *mut shm_toc_estimator) -> Size;
    pub fn pq_redirect_to_shm_mq(seg: *mut dsm_segment, mqh: *mut shm_mq_handle);
    pub fn pq_parse_errornotice(str_: StringInfo, edata: *mut ErrorData);
    pub fn pgstat_report_stat(force: bool);
    pub fn pgstat_report_activity(state: BackendState, cmd_str: *const ::core::ffi::c_char);
    pub fn pgstat_report_appname(appname: *const ::core::ffi::c_char);
    pub fn pgstat_report_xact_timestamp(tstamp: TimestampTz);
    pub fn pgstat_fetch_stat_local_beentry(beid: ::core::ffi::c_int) -> *mut LocalPgBackendStatus;
    pub fn pgstat_fetch_stat_numbackends() -> ::core::ffi::c_int;
    pub fn set_ps_display(activity: *const ::core::ffi::c_char, force: bool);
    pub fn ReplicationSlotCreate(
        name: *const ::core::ffi::c_char,
        db_specific: bool,
        p: ReplicationSlotPersistency,
    );
    pub fn ReplicationSlotDrop(name: *const ::core::ffi::c_char, nowait: bool);
    pub fn ReplicationSlotAcquire(name: *const ::core::ffi::c_char, nowait: bool);
    pub fn ReplicationSlotRelease();
    pub fn ReplicationSlotSave();
    pub fn ReplicationSlotMarkDirty();
    pub fn ReplicationSlotReserveWal();
}
unsafe extern "C" {
    pub static mut error_context_stack: *mut ErrorContextCallback;
    pub static mut emit_log_hook: emit_log_hook_type;
    pub static mut CurrentMemoryContext: MemoryContext;
    pub static mut InterruptPending: sig_atomic_t;
    pub static mut QueryCancelPending: sig_atomic_t;
    pub static mut ProcDiePending: sig_atomic_t;
    pub static mut ConfigReloadPending: sig_atomic_t;
    pub static mut InterruptHoldoffCount: uint32;
    pub static mut QueryCancelHoldoffCount: uint32;
    pub static mut CritSectionCount: uint32;
    pub static mut IsPostmasterEnvironment: bool;
    pub static mut IsUnderPostmaster: bool;
    pub static mut IsBackgroundWorker: bool;
    pub static mut IsBinaryUpgrade: bool;
    pub static mut ExitOnAnyError: bool;
    pub static mut DataDir: *mut ::core::ffi::c_char;
    pub static mut MaxBackends: ::core::ffi::c_int;
    pub static mut MaxConnections: ::core::ffi::c_int;
    pub static mut max_worker_processes: ::core::ffi::c_int;
    pub static mut MyProcPid: ::core::ffi::c_int;
    pub static mut MyStartTime: pg_time_t;
    pub static mut MyStartTimestamp: TimestampTz;
    pub static mut MyProcPort: *mut Port;
    pub static mut MyLatch: *mut Latch;
    pub static mut MyPMChildSlot: ::core::ffi::c_int;
    pub static mut my_exec_path: [::core::ffi::c_char; 0usize];
    pub static mut pkglib_path: [::core::ffi::c_char; 0usize];
    pub static mut MyDatabaseId: Oid;
    pub static mut process_shared_preload_libraries_in_progress: bool;
    pub static mut MyBgworkerEntry: *mut BackgroundWorker;
    pub static mut proc_exit_inprogress: bool;
    pub static mut shmem_exit_inprogress: bool;
    pub static mut shmem_startup_hook: shmem_startup_hook_type;
    pub static mut MyBackendId: BackendId;
    pub static mut MainLWLockArray: *mut LWLockPadded;
    pub static mut MyProc: *mut PGPROC;
    pub static mut StatementTimeout: ::core::ffi::c_int;
    pub static mut log_min_messages: ::core::ffi::c_int;
    pub static mut client_min_messages: ::core::ffi::c_int;
    pub static mut cluster_name: *mut ::core::ffi::c_char;
    pub static mut application_name: *mut ::core::ffi::c_char;
    pub static mut GUC_check_errmsg_string: *mut ::core::ffi::c_char;
    pub static mut GUC_check_errdetail_string: *mut ::core::ffi::c_char;
    pub static mut GUC_check_errhint_string: *mut ::core::ffi::c_char;
    pub static mut debug_query_string: *const ::core::ffi::c_char;
    pub static mut criticalSharedRelcachesBuilt: bool;
    pub static mut wal_segment_size: ::core::ffi::c_int;
    pub static mut wal_retrieve_retry_interval: ::core::ffi::c_int;
    pub static mut DefaultXactIsoLevel: ::core::ffi::c_int;
    pub static mut XactIsoLevel: ::core::ffi::c_int;
    pub static mut DefaultXactReadOnly: bool;
    pub static mut XactReadOnly: bool;
    pub static mut DefaultXactDeferrable: bool;
    pub static mut XactDeferrable: bool;
    pub static mut CurrentResourceOwner: ResourceOwner;
    pub static mut TopTransactionResourceOwner: ResourceOwner;
    pub static mut SPI_processed: uint64;
    pub static mut SPI_tuptable: *mut SPITupleTable;
    pub static mut SPI_result: ::core::ffi::c_int;
    pub static mut TopMemoryContext: MemoryContext;
    pub static mut ErrorContext: MemoryContext;
    pub static mut PostmasterContext: MemoryContext;
    pub static mut CacheMemoryContext: MemoryContext;
    pub static mut MessageContext: MemoryContext;
    pub static mut TopTransactionContext: MemoryContext;
    pub static mut CurTransactionContext: MemoryContext;
    pub static mut PortalContext: MemoryContext;
    pub static mut ActivePortal: Portal;
    pub static mut am_db_walsender: bool;
    pub static mut wal_sender_timeout: ::core::ffi::c_int;
    pub static mut hot_standby_feedback: bool;
    pub static mut WalRcv: *mut WalRcvData;
    pub static mut ReplicationSlotCtl: *mut ReplicationSlotCtlData;
    pub static mut MyReplicationSlot: *mut ReplicationSlot;
    pub static mut max_replication_slots: ::core::ffi::c_int;
}
#[repr(C)]
#[derive(Debug)]
pub struct PGPROC {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct PortalData {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct RelationData {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct ResourceOwnerData {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct SnapshotData {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct CachedPlan {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct EphemeralNamedRelationData {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct ExprState {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct MemoryContextMethods {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct Param {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct ParseState {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct QueryEnvironment {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct TriggerData {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct TupleConstr {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct TupleTableSlot {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct _DestReceiver {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct Port {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct ReplicationSlot {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct ReplicationSlotCtlData {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct SysScanDescData {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct TableScanDescData {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct Value {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct WalRcvData {
    _unused: [u8; 0],
}

//! What a program can do: a table. Each operation has its words, its classes (`--without` leaves a
//! class out), the places where it may stand, and how often it is chosen there.

/// A set of classes, and of operations: each operation is a class of its own too.
pub type Classes = u128;

/// The bit of an operation.
pub const fn bit(op: Op) -> Classes {
    1 << (32 + op as u32)
}

macro_rules! classes {
    ($($name:ident: $words:literal),* $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Class { $($name),* }
        /// The names that `--without` and `--only` take.
        pub const CLASSES: &[(&str, Class)] = &[$(($words, Class::$name)),*];
    };
}

classes! {
    Sql: "sql",
    Commit: "commit",
    Cursor: "cursor",
    Plan: "plan",
    Savepoint: "savepoint",
    Nested: "nested",
    Other: "other",
    Bomb: "bomb",
    Check: "check",
    Forget: "forget",
    Lock: "lock",
    Condition: "condition",
    Wait: "wait",
    Names: "names",
    Make: "make",
    Thread: "thread",
    Launch: "launch",
    Channel: "channel",
    Log: "log",
    Cancel: "cancel",
    Stop: "stop",
    Exit: "exit",
    Leak: "leak",
    Abort: "abort",
    Mail: "mail",
    Limit: "limit",
    Notice: "notice",
    Role: "role",
}

/// Where an operation may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Between transactions.
    Top,
    /// In a transaction, next to kept rows and cursors.
    Inside,
    /// In a transaction that is borrowed exclusively: nothing of it is kept meanwhile.
    Alone,
    /// In a callback of the exit, or in a destructor behind it.
    AtExit,
}

macro_rules! ops {
    ($($place:ident { $($op:ident $weight:literal [$($class:ident)*] $words:literal;)* })*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Op { $($($op),*),* }
        pub const OPS: &[Description] = &[$($(Description {
            op: Op::$op,
            place: Place::$place,
            weight: $weight,
            classes: bit(Op::$op) $(| 1 << Class::$class as u32)*,
            words: $words,
        }),*),*];
    };
}

/// A line of the table.
#[derive(Debug)]
pub struct Description {
    pub op: Op,
    pub place: Place,
    pub weight: u32,
    pub classes: Classes,
    pub words: &'static str,
}

impl Op {
    pub fn description(self) -> &'static Description {
        // The table has the order of the variants.
        &OPS[self as usize]
    }
}

ops! {
    Top {
        Transaction 500 [Sql] "a transaction";
        Compare 20 [Sql] "compare the table with what was committed";
        Outside 4 [Sql] "another process looks for a snapshot and for locks of this one";
        TakeLock 60 [Lock] "take the lock";
        ForgetLock 6 [Lock Forget] "take the lock and forget its guard";
        Spin 40 [Lock] "change the cell under the spinlock";
        Notify 20 [Condition] "notify the condition";
        AwaitCondition 8 [Condition] "wait for the condition";
        Wait 20 [Wait] "wait";
        Sockets 30 [Wait] "change a wait set, or wait on it";
        Wake 6 [Wait Thread] "be woken by a thread";
        Count 2 [Make Thread] "start a thread that counts in shared memory indefinitely";
        Name 1 [Names] "make the name of a wait event";
        MakeMemory 6 [Make] "get or make shared memory";
        Launch 4 [Launch] "launch a worker";
        Child 12 [Launch] "ask for, wait for, terminate or drop a launched worker";
        OpenChannel 2 [Channel] "open a channel";
        UseChannel 40 [Channel] "send, receive or flush";
        CloseChannel 2 [Channel] "close, drop or forget a channel";
        Log 6 [Log] "log";
        Look 6 [Log] "read settings, set the title and the activity";
        DropPlan 10 [Plan] "drop a plan";
        Mail 40 [Mail] "ring a bell or wait for it, send or receive by a queue";
        OldHandle 10 [Limit] "use cancel handles of transactions that have ended";
        TopLevel 40 [Sql] "run statements outside a transaction block";
        SessionLock 8 [Sql] "hold an advisory lock of the session";
        Ignore 1 [Stop] "receive SIGTERM, and keep trying";
        BeforeExit 1 [Exit] "call this before the exit:";
        OnShmemExit 1 [Exit] "call this when shared memory is detached:";
        OnProcExit 1 [Exit] "call this at the end of the process:";
        AtDestructor 1 [Exit] "have the destructor of a thread-local call this:";
    }
    Inside {
        Execute 120 [Sql] "execute a statement";
        Insert 160 [Sql] "insert a row that is counted";
        CopyIn 30 [Sql] "copy rows that are counted into a table";
        CopyOut 20 [Sql] "copy rows of a query";
        InsertAll 20 [Sql] "insert rows that are counted by arrays";
        Fail 10 [Sql] "execute a statement that fails";
        FailAtCommit 14 [Commit] "do what makes the commit fail";
        Open 10 [Commit] "declare cursors by SQL and leave them open";
        Query 120 [Sql] "query, and keep the rows";
        Read 300 [Sql] "read values of rows that are kept";
        DropRows 60 [Sql] "drop rows";
        ForgetRows 4 [Forget] "forget rows";
        RoundTrip 80 [Sql] "send a value and read it back";
        Cursor 40 [Cursor] "open a cursor";
        Fetch 80 [Cursor] "fetch from a cursor";
        DropCursor 30 [Cursor] "drop a cursor";
        ForgetCursor 2 [Cursor Forget] "forget a cursor";
        Prepare 12 [Plan] "prepare a plan and keep it";
        RunPlan 60 [Plan] "run a plan";
        Savepoint 60 [Savepoint] "a savepoint";
        RunAs 20 [Role Savepoint] "run as another role";
        RaiseNotice 20 [Notice] "raise a notice";
        MailInside 40 [Mail] "ring a bell or send, now or at commit";
        Handle 10 [Limit] "make, keep or use a cancel handle";
        CancelByHandle 1 [Limit] "be canceled by a handle";
        QueryNested 30 [Nested] "query a composite value, and keep the rows";
        ReadNested 50 [Nested] "read fields of composite values that are kept";
        Alter 6 [Nested] "alter the composite type";
        AlterByOther 4 [Nested Other] "another session alters the composite type";
        LogInside 10 [Log] "log in a transaction";
        NotifyInside 6 [Sql] "notify a channel of SQL";
        AdvisoryLock 6 [Sql] "take an advisory lock";
        CancelLog 1 [Cancel] "be cancelled, log, and execute a statement";
        CancelSleep 1 [Cancel] "be cancelled in a statement that sleeps";
        Set 4 [Sql] "set a setting that is checked";
        SetBomb 1 [Check Bomb] "set a value whose check returns an error that panics when dropped";
        Panic 1 [Bomb] "panic";
    }
    Alone {
        Limit 12 [Limit] "run this with a time limit";
        SleepIntoLimit 1 [Limit] "run into a time limit";
        Notices 12 [Notice] "receive the notices of this";
        MailAlone 12 [Mail] "send or receive with a time limit";
        LockInside 30 [Lock] "take the lock in a transaction";
        ForgetLockInside 3 [Lock Forget] "forget a guard of the lock in a transaction";
        PanicUnderLock 2 [Lock Bomb] "panic under the lock";
        SleepUnderForgotten 1 [Lock Forget Cancel] "forget a guard, and be cancelled in a statement or a wait";
        ConditionInside 6 [Condition] "wait for the condition in a transaction";
        CancelCondition 1 [Condition Cancel] "be cancelled in a wait for the condition";
        NameInside 1 [Names] "make the name of a wait event in a transaction";
        MakeInside 4 [Make] "get or make shared memory in a transaction";
        LaunchInside 1 [Launch] "launch a worker in a transaction";
        ChannelInside 10 [Channel] "send, receive or flush in a transaction";
    }
    AtExit {
        ExitLog 20 [Exit Log] "log, and read shared memory and settings";
        ExitTouch 10 [Exit Make] "touch shared memory that was made";
        ExitSpin 6 [Exit Lock] "change the cell under the spinlock";
        ExitChannel 8 [Exit Channel] "close, drop or forget a channel";
        ExitChild 10 [Exit Launch] "ask for, terminate or drop a launched worker";
        ExitWake 3 [Exit Wait] "use a waker";
        ExitSet 4 [Exit Wait] "change or drop a wait set";
        ExitPlans 4 [Exit Plan] "drop plans";
        ExitPanic 4 [Exit Bomb] "panic";
        ExitBomb 4 [Exit Bomb] "return an error that panics when dropped";
        ExitAgain 2 [Exit] "exit once more";
        ExitThread 3 [Exit Thread] "start a thread, which may exit";
    }
}

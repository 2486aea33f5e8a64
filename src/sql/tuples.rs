//! The tuples that have implementations: the number of elements, then a type and an index for each.

/// Calls a macro with every tuple of one to sixteen elements.
macro_rules! with_tuples {
    ($callback:ident) => {
        $callback! {
            1: A 0;
            2: A 0 B 1;
            3: A 0 B 1 C 2;
            4: A 0 B 1 C 2 D 3;
            5: A 0 B 1 C 2 D 3 E 4;
            6: A 0 B 1 C 2 D 3 E 4 F 5;
            7: A 0 B 1 C 2 D 3 E 4 F 5 G 6;
            8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
            9: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
            10: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
            11: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
            12: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
            13: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12;
            14: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13;
            15: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14;
            16: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15;
        }
    };
}
pub(crate) use with_tuples;

/// Calls a macro with the tuple of the columns of `stat_workers`, which is longer than those that
/// users may want. A type has implementations only where it is used.
macro_rules! with_status_tuple {
    ($callback:ident) => {
        $callback! {
            29: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15 Q 16 R 17 S 18 T 19
                U 20 V 21 W 22 X 23 Y 24 Z 25 Aa 26 Ab 27 Ac 28;
        }
    };
}
pub(crate) use with_status_tuple;

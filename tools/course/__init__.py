"""The course's builds: notebooks for students and teachers, sheets, slides, tables."""

"""The services of this room, one module an idea: halls, places, people, postings, calendar, roster."""

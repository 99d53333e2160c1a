module lab/reaper

go 1.26

-- Order: whoever creates or drops builds does it alone; readers of the table are not in the way.
lock table projection_builds in share row exclusive mode

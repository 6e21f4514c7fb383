fold_day, registry, repository, identity, place, user_agent

reset session authorization;
drop role walls_bypass

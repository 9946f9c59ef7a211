-- An invitation's secret works no more. $1 invitation
delete from challenges where invitation_id = $1

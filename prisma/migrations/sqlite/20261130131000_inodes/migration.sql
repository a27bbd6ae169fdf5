-- AlterTable
ALTER TABLE "Backend" ADD COLUMN "inodesOn" TEXT;
ALTER TABLE "Backend" ADD COLUMN "totalInodes" BIGINT;
ALTER TABLE "Backend" ADD COLUMN "usedInodes" BIGINT;

-- AlterTable
ALTER TABLE "CapacityPoint" ADD COLUMN "totalInodes" BIGINT;
ALTER TABLE "CapacityPoint" ADD COLUMN "usedInodes" BIGINT;

-- AlterTable
ALTER TABLE "PoolOnHost" ADD COLUMN "totalInodes" BIGINT;
ALTER TABLE "PoolOnHost" ADD COLUMN "usedInodes" BIGINT;
